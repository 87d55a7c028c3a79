"""What a page can see of a voice's data on the Hub before anything is rented, as data.

See `tuneyard.site.recipes` for how it is read. It restates what `dataset` and `fetch` go by;
golden files hold the page to what these find.
"""

from __future__ import annotations

from typing import Any

from tuneyard.recipes import hub
from tuneyard.recipes.piper import bases
from tuneyard.recipes.piper.dataset.clips import FOLDERS, FOREIGN, READABLE
from tuneyard.recipes.piper.dataset.lines import OTHER_DELIMITERS, STEMS, SUFFIXES
from tuneyard.recipes.piper.dataset.metadata import HEADER_WORDS
from tuneyard.recipes.piper.dataset.unpack import ARCHIVES

LOOK: dict[str, Any] = {
    "dataset": {
        "required": True,
        "secrets": list(hub.READ),
        "layout": {
            "sound": list(READABLE),
            "foreign": list(FOREIGN),
            "folders": list(FOLDERS),
            "archives": list(ARCHIVES),
            "unsupported": [".parquet", ".arrow"],
            "stems": list(STEMS),
            "suffixes": list(SUFFIXES),
            "delimiters": OTHER_DELIMITERS,
            "header": HEADER_WORDS.pattern,
            "speakers": "speakers",
        },
    },
    "base": {
        "secrets": list(hub.BASE),
        "addresses": {base.id: base.url for base in bases.BASES.values()},
    },
}
