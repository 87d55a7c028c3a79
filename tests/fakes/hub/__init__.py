"""A Hugging Face Hub over a real socket: what huggingface_hub and we ask of it.

Repositories are folders, so that a test can look at what was pushed. There are two
origins, as in life: the Hub itself and the storage of large files, which is reached
by signed addresses and refuses a token. Xet isn't spoken: set HF_HUB_DISABLE_XET.

    with FakeHub(tmp_path) as hub:
        hub.token("hf_abc", "alice", writes=True)
        hub.add("alice/clips", {"metadata.csv": b"1.wav|One."}, kind="dataset")
        hub.python("...", cwd=tmp_path, HF_TOKEN="hf_abc")
"""

from .fake import FakeHub
from .faults import Fault

__all__ = ["FakeHub", "Fault"]
