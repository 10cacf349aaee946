"""Encryption: values open in their own place under their own key, and nowhere else."""

from __future__ import annotations

import random

import pytest

from hub.errors import Misconfigured
from hub.store.vault import Vault, Vaults

MASTER = bytes(range(32))
NAME = "Jordan Canary"


@pytest.fixture
def vaults() -> Vaults:
    return Vaults(MASTER, random.Random(1))


@pytest.fixture
def vault(vaults: Vaults) -> Vault:
    return vaults.open("harbour", vaults.new_key("harbour"), vaults.key_id)


def test_what_was_sealed_opens_again(vault: Vault) -> None:
    blob = vault.seal("entity", "body_enc", "e1", NAME)
    assert vault.open("entity", "body_enc", "e1", blob) == NAME
    assert NAME.encode() not in blob


def test_the_same_text_never_looks_the_same(vault: Vault) -> None:
    assert vault.seal("entity", "body_enc", "e1", NAME) != vault.seal("entity", "body_enc", "e1", NAME)


@pytest.mark.parametrize(
    "place", [("link", "body_enc", "e1"), ("entity", "secret_enc", "e1"), ("entity", "body_enc", "e2")]
)
def test_a_value_moved_elsewhere_does_not_open(vault: Vault, place: tuple[str, str, str]) -> None:
    blob = vault.seal("entity", "body_enc", "e1", NAME)
    with pytest.raises(Misconfigured, match="does not belong to its row"):
        vault.open(*place, blob)


def test_a_changed_value_does_not_open(vault: Vault) -> None:
    blob = bytearray(vault.seal("entity", "body_enc", "e1", NAME))
    blob[-1] ^= 1
    with pytest.raises(Misconfigured, match="changed"):
        vault.open("entity", "body_enc", "e1", bytes(blob))


def test_another_groups_vault_does_not_open_it(vaults: Vaults, vault: Vault) -> None:
    other = vaults.open("alpine", vaults.new_key("alpine"), vaults.key_id)
    with pytest.raises(Misconfigured, match="another key") as caught:
        other.open("entity", "body_enc", "e1", vault.seal("entity", "body_enc", "e1", NAME))
    assert NAME not in str(caught.value)
    assert other.key != vault.key


def test_a_data_key_of_one_group_does_not_serve_another(vaults: Vaults) -> None:
    wrapped = vaults.new_key("harbour")
    with pytest.raises(Misconfigured, match="is not the one"):
        vaults.open("alpine", wrapped, vaults.key_id)


def test_the_wrong_master_key_says_which_one_is_wanted(vaults: Vaults) -> None:
    wrapped = vaults.new_key("harbour")
    other = Vaults(bytes(32), random.Random(1))
    with pytest.raises(Misconfigured, match=f"made under \\({vaults.key_id}\\)") as caught:
        other.open("harbour", wrapped, vaults.key_id)
    assert caught.value.code == "config:wrong-key"


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(Misconfigured, match="32 bytes"):
        Vaults(b"short", random.Random(1))


def test_reopening_gives_the_same_search_key(vaults: Vaults) -> None:
    wrapped = vaults.new_key("harbour")
    again = Vaults(MASTER, random.Random(2))
    assert (
        vaults.open("harbour", wrapped, vaults.key_id).key == again.open("harbour", wrapped, again.key_id).key
    )


def test_keys_are_not_shown(vaults: Vaults, vault: Vault) -> None:
    assert vault.key.hex() not in repr(vault)
    assert repr(vaults) == f"Vaults({vaults.key_id})"
