"""What a voice says when it wasn't told: one everyday sentence a language, by espeak-ng's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BY_LANGUAGE = {
    "ar": "صباح الخير، كيف حالك اليوم؟",
    "bn": "শুভ সকাল, আজ আপনি কেমন আছেন?",
    "ca": "Bon dia, com estàs avui?",
    "cs": "Dobré ráno, jak se dnes máte?",
    "da": "Godmorgen, hvordan har du det i dag?",
    "de": "Guten Morgen, wie geht es Ihnen heute?",
    "el": "Καλημέρα, τι κάνετε σήμερα;",
    "en": "Good morning, how are you today?",
    "es": "Buenos días, ¿cómo está usted hoy?",
    "fi": "Hyvää huomenta, mitä sinulle kuuluu tänään?",
    "fr": "Bonjour, comment allez-vous aujourd'hui ?",
    "hi": "सुप्रभात, आज आप कैसे हैं?",
    "hu": "Jó reggelt, hogy van ma?",
    "it": "Buongiorno, come sta oggi?",
    "nb": "God morgen, hvordan har du det i dag?",
    "ne": "शुभ प्रभात, आज तपाईंलाई कस्तो छ?",
    "nl": "Goedemorgen, hoe gaat het vandaag met u?",
    "pl": "Dzień dobry, jak się pan dzisiaj miewa?",
    "pt": "Bom dia, como está hoje?",
    "ro": "Bună dimineața, ce mai faceți astăzi?",
    "ru": "Доброе утро, как у вас дела сегодня?",
    "sv": "God morgon, hur mår du i dag?",
    "tr": "Günaydın, bugün nasılsınız?",
    "uk": "Доброго ранку, як у вас справи сьогодні?",
    "vi": "Chào buổi sáng, hôm nay bạn có khỏe không?",
    "cmn": "早上好，你今天好吗？",
}


def chosen(sentences: Sequence[str], language: str, known: Sequence[str]) -> list[str]:
    """`sentences` as they are, else one in `language`, else the first of the dataset's texts."""
    wanted = [sentence for sentence in sentences if sentence.strip()]
    if wanted:
        return wanted
    everyday = _BY_LANGUAGE.get(language) or _BY_LANGUAGE.get(language.partition("-")[0])
    return [everyday] if everyday else list(known[:1])
