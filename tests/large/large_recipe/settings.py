from pydantic import BaseModel, ConfigDict

from tuneyard.fields import setting


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    script: str = setting("true", "Script", "What it runs.", importance="basic")
    data: str = setting("", "Data", "A place.", importance="expert", widget="path")
