from tuneyard.recipes.diffusion_pipe import overview
from tuneyard.recipes.diffusion_pipe.at_home.documented import DOCUMENTED
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS


def test_every_model_has_a_row_with_all_that_it_reads() -> None:
    models, besides, _ = overview.tables()
    assert len(models.rows) == len(besides.rows) == len(MODELS)
    for (name, model), first, second in zip(MODELS.items(), models.rows, besides.rows, strict=True):
        assert name in first[0]
        assert model.title in first[0]
        assert model.loads == first[-1]
        named = set((first[2] + second[1]).replace("`", " ").replace(",", " ").split())
        assert model.keys - {"dtype"} <= named


def test_memory_is_what_is_documented_and_nothing_else() -> None:
    memory = overview.tables()[2]
    assert len(memory.rows) == len(DOCUMENTED)
    for model, _, gpu, _ in memory.rows:
        of = {f"{each.gb} GB" for each in DOCUMENTED if f"`{each.jobs['model']}`" == model}
        assert gpu in of
    assert ("`sdxl`", "all of the model", "48 GB", "") in memory.rows
