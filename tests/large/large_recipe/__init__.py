"""A recipe that is too large for one request, since its ballast is; see conftest.py."""

from tuneyard.recipes.base import Recipe

recipe = Recipe("large", "Large", "A shell script with a long text beside it", "large_recipe")
