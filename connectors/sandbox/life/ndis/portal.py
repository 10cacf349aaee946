"""A signed-in person at the scheme's portal: brings a file, takes away what there is."""

from __future__ import annotations

from connectors.sandbox.life.client import ControlRefused, HttpControl
from connectors.sandbox.life.ndis import group
from connectors.sandbox.life.words import Doc, Hands


class Portal:
    """`session` is what the person's browser sends. Results are looked at again: some change."""

    def __init__(self, control: HttpControl, session: str) -> None:
        self._http, self._headers = control.http, {"Authorization": f"Bearer {session}"}
        self._seen: set[bytes] = set()

    def upload(self, name: str, data: bytes) -> None:
        """Upload a file. Raises ControlRefused with the portal's words where it is refused."""
        answer = self._http.post("/uploads", params={"name": name}, content=data, headers=self._headers)
        if answer.status_code != 201:
            raise ControlRefused(f"The portal refused {name}: {answer.text}")

    def results(self) -> list[bytes]:
        """Results files that this person has not had in this form."""
        made = [one["name"] for one in self._list("/uploads") if one["status"] == "Processed"]
        return self._new([f"/uploads/{name}/results" for name in made])

    def remittances(self) -> list[bytes]:
        """Remittance advices that this person has not had."""
        return self._new([f"/remittances/{one['number']}" for one in self._list("/remittances")])

    def _list(self, path: str) -> list[Doc]:
        answer = self._http.get(path, headers=self._headers)
        answer.raise_for_status()
        found: list[Doc] = answer.json()
        return found

    def _new(self, paths: list[str]) -> list[bytes]:
        files = [self._http.get(path, headers=self._headers).raise_for_status().content for path in paths]
        fresh = [data for data in files if data not in self._seen]
        self._seen.update(fresh)
        return fresh


def before() -> Hands:
    """What stands at the agency before the story: the provider, and the items with their limits."""
    names = {"registration": group.REGISTRATION, "abn": group.ABN, "name": "Harbour & Hills"}
    limits = {"limits": {"": group.PAYS_AT_MOST}, "kinds": ["CANC"], "from": "2013-07-01"}
    items = [{"action": "item", "number": item, **limits} for item in (group.ITEM, group.CANCELLED)]
    return [{"action": "provider", **names}, *items]
