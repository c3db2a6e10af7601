from training.recipe import Mix, Optimizer, Recipe, Schedule
from training.reports.recipe_words import architecture, augmentation, schedule


def test_what_is_told_of_a_recipe() -> None:
    plateau = Schedule(name="plateau", factor=0.5, patience=5)
    recipe = Recipe(
        alpha=0.35,
        input_size=96,
        colour="grey",
        hidden_units=256,
        strategy="gradual",
        augment=("light", "webcam"),
        mix=Mix(mixup=0.2, cutmix=1),
        optimizer=Optimizer(name="sgd", learning_rate=0.05, layer_decay=0.5, ema=0.99),
        schedule=plateau,
    )
    assert architecture(recipe) == "mobilenet_v2 x0.35, 96 px, grey, hidden 256"
    assert schedule(recipe) == "gradual from epoch 5; sgd 0.05, plateau 0.5/5, layer decay 0.5, EMA 0.99"
    assert augmentation(recipe) == "light, webcam, mixup 0.2, cutmix 1" and augmentation(Recipe(augment=())) == "none"


def test_every_strategy_and_schedule_has_words() -> None:
    strategies = ("frozen", "warmup_then_full", "top_n", "gradual", "full")
    told = {strategy: schedule(Recipe(strategy=strategy)) for strategy in strategies}
    assert len(set(told.values())) == 5
    assert told["top_n"].startswith("warm-up, last 30 layers; adamw 1e-4, cosine")
    assert told["frozen"] == "head alone; adamw 2e-3"
    step, constant = (schedule(Recipe(schedule=Schedule(name=name))) for name in ("step", "constant"))
    assert step.endswith("step 0.3/10") and constant.endswith("constant")
