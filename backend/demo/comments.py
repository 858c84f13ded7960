"""What fans write, in the languages that they speak."""

from random import Random

LANGUAGES, LANGUAGE_WEIGHTS = ("en", "es", "fr"), (80, 13, 7)

HAPPY = {
    "en": (
        "Walked us all the way to our seats. Thank you!",
        "Found my son's glove in five minutes.",
        "So kind to my grandmother, who needed the elevator.",
        "Swapped our cold fries without a question.",
        "Best service in the building.",
        "She even brought napkins. Who does that?",
        "Fixed our tickets before the anthem was over.",
    ),
    "es": (
        "Muy amable, nos llevó hasta nuestros asientos.",
        "¡Gracias por encontrar mi teléfono!",
        "Todo resuelto en dos minutos.",
    ),
    "fr": (
        "Très gentil, merci beaucoup !",
        "Il a retrouvé l'écharpe de ma fille.",
        "Service rapide et souriant.",
    ),
}
UNHAPPY = {
    "en": (
        "Friendly, but it took a whole period.",
        "The seat was still sticky afterwards.",
        "Was sent to the wrong gate first.",
    ),
    "es": ("Tardaron demasiado.", "Amable, pero no encontró a nadie que supiera."),
    "fr": ("Un peu long.", "On nous a envoyés à la mauvaise porte."),
}


def comment_for(rng: Random, stars: int) -> str:
    """Return what a fan writes who gives ``stars``."""
    language = rng.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]
    return rng.choice((HAPPY if stars == 5 else UNHAPPY)[language])
