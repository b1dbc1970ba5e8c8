"""Opens what says which tools a space's callers may call."""

from notion_gateway.access.membership import Members
from notion_gateway.policy.approvals import Approvals
from notion_gateway.policy.policies import Policies
from notion_gateway.policy.questions import Questions
from notion_gateway.policy.rules.tools import Catalogue
from notion_gateway.policy.store import PolicyStore
from notion_gateway.storage.one_use_records import SqlOneUseRecords
from notion_gateway.storage.opening import Storage
from notion_gateway.storage.used_once import UsedOnce
from notion_gateway.vault.derived_keys import Proofs
from notion_gateway.vault.sealed_text import SealedText


def open_policies(
    storage: Storage, proofs: Proofs, members: Members, catalogue: Catalogue
) -> Policies:
    sealed = SealedText(proofs.keys("policy approval"))
    approvals = Approvals(sealed, UsedOnce(storage.database), storage.clock)
    questions = Questions(
        SealedText(proofs.keys("policy question")),
        SqlOneUseRecords(storage.database),
        storage.feed,
        storage.clock,
    )
    store = PolicyStore(storage.database)
    return Policies(store, members, storage.clock, approvals, questions, catalogue)
