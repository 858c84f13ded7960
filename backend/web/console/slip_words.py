"""What the enrolment slip says, in the language of whom it is for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SlipWords:
    """The sentences of a slip; ``%s`` is the address of the staff page."""

    title: str
    scan: str
    pin: str
    code: str
    until: str
    keep: str


WORDS: Mapping[str, SlipWords] = {
    "en": SlipWords(
        title="Your phone, for On the Spot",
        scan="Scan this with the camera of your phone. Or open %s there, and type the code.",
        pin="Choose a PIN of 4 to 8 digits. You sign in with your badge number and this PIN.",
        code="Code",
        until="Good once, until",
        keep="It is for you alone: whoever has it can work in your name.",
    ),
    "fr": SlipWords(
        title="Votre téléphone, pour On the Spot",
        scan="Scannez ceci avec l’appareil photo de votre téléphone. Ou ouvrez-y %s et saisissez le"
        " code.",
        pin="Choisissez un code PIN de 4 à 8 chiffres. Vous vous connectez avec votre numéro de"
        " badge et ce code PIN.",
        code="Code",
        until="Valable une seule fois, jusqu’au",
        keep="Il n’est que pour vous : qui l’a peut travailler en votre nom.",
    ),
    "es": SlipWords(
        title="Su teléfono, para On the Spot",
        scan="Escanee esto con la cámara de su teléfono. O abra allí %s y escriba el código.",
        pin="Elija un PIN de 4 a 8 cifras. Entrará con su número de credencial y este PIN.",
        code="Código",
        until="Vale una sola vez, hasta el",
        keep="Es solo para usted: quien lo tenga puede trabajar en su nombre.",
    ),
}
