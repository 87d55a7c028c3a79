"""The Hugging Face Hub: datasets and checkpoints come from it, results go to it.

Runs under a trainer's own Python and at home; huggingface_hub is imported when it
is needed. Tokens are passed explicitly, never taken from where ``hf auth login``
keeps them: a step has the secrets that it names and no other.
"""

from __future__ import annotations

from tuneyard.recipes.hub.about import BASE, READ, WRITE, About, endpoint
from tuneyard.recipes.hub.access import Access, access
from tuneyard.recipes.hub.addresses import is_address, repository_of
from tuneyard.recipes.hub.fetching import fetch_dataset, fetch_file
from tuneyard.recipes.hub.problems import PASSING, HubError
from tuneyard.recipes.hub.pushed import push_checkpoint, push_results
from tuneyard.recipes.hub.pushing import push_files
from tuneyard.recipes.hub.repositories import Listing, Named, fetch_listed, look, named, peek
from tuneyard.recipes.hub.rights import Rights, rights

__all__ = [
    "BASE",
    "PASSING",
    "READ",
    "WRITE",
    "About",
    "Access",
    "HubError",
    "Listing",
    "Named",
    "Rights",
    "access",
    "endpoint",
    "fetch_dataset",
    "fetch_file",
    "fetch_listed",
    "is_address",
    "look",
    "named",
    "peek",
    "push_checkpoint",
    "push_files",
    "push_results",
    "repository_of",
    "rights",
]
