"""One module or package per outside system: how to talk to it. The home of every vendor SDK."""
