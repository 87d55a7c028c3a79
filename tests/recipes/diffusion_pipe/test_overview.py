from tuneyard.recipes.diffusion_pipe import overview
from tuneyard.recipes.diffusion_pipe.models import MODELS


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
    assert {row[1] for row in memory.rows} == {m.memory for m in MODELS.values()} - {""}
