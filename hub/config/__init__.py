"""A clinic group's configuration: loaded from YAML, validated with file and line, stored immutably."""
