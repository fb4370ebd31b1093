"""Words that every language has and no event: stop words, number words and the calendar, folded.

Written by hand for the watch languages. Document frequencies learn the same and more, but only
after some hundreds of articles; these serve the first of them.
"""

from __future__ import annotations

_STOP = """
a about after again against all also although am among an and any are around as at be because been
before being below between both but by can could day days did do does doing down during each even
ever every few first for former from further get had has have having he her here hers him his how i
if in into is it its just last later latest least less like made make many may me might more most
much must my near new next no nor not now of off on one only or other our out over own people per
place put report reported reports said same say says see she should show since so some still such
than that the their them then there these they this those though three through time to today told
too took two under until up upon us use very was we week were what when where whether which while
who whom why will with within without would year years yesterday yet you your mr mrs ms dr
monday tuesday wednesday thursday friday saturday sunday january february march april june july
august september october november december
au aux avec avait avoir c ce ces cet cette ceux comme contre d dans de depuis des deux dit dont du
elle en encore entre est et ete etre eu fait il ils j jour l la le les leur leurs lors mais meme
moins n ne nos notre nous on ont ou par pas plus pour qu quand que qui s sa sans se selon ses si son
sont sous sur tous tout trois un une vers vous lundi mardi mercredi jeudi vendredi samedi dimanche
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
al algunos ante antes asi aunque cada como con contra cual cuando del desde dijo donde dos durante
e el ella ellos era eran es esa ese eso esta estaba este esto fue fueron ha habia han hasta hay hoy
la las le les lo los mas mientras muy ni no nos o otra otro para pero por porque que quien se segun
ser si sido sin sobre son su sus tambien tiene tras tres un una uno unos y ya lunes martes
miercoles jueves viernes sabado domingo enero febrero marzo abril mayo junio julio agosto
septiembre octubre noviembre diciembre
ao aos apos as ate com da das depois disse do dos ela ele eles em entre era essa esse esta estao
este foi foram ja mais mas na nas nao no nos os ou pela pelas pelo pelos quando segundo seu seus
sua suas sao tambem tem uma umas segunda terca quarta quinta sexta feira
aber alle als am an auch auf aus bei bis bereits da dann das dass dem den der des die dort durch ein
eine einem einen einer eines er es fur gegen habe haben hat hatte ich ihr ihre ihren im in ist jahr
jahre jahren kann kein keine konnte man mehr mit nach nicht noch nun nur ob oder ohne sagte sein
seine seinen seit sich sie sind so soll sollen sowie uber um und unter vom von vor waren wegen
weitere werden wie wir wird worden wurde wurden zu zum zur zwei zwischen montag dienstag mittwoch
donnerstag freitag samstag sonntag januar februar marz juni juli oktober dezember
а без более бы был была были было быть в вам вас весь во вот все всех вы где год года году да для до
его ее если есть еще же за и из или им их к как когда который которая которые кто ли мы на над не
него нет но о об один она они оно от перед по под после при про с сказал сказала со сообщил
сообщила сообщили так также там то того только том у уже что чтобы это этого этом понедельник
вторник среду четверг пятницу субботу воскресенье января февраля марта апреля мая июня июля августа
сентября октября ноября декабря
ان او اي اذا الا التي الذي الذين الى انه انها بعد بين تم ثم حتى حول خلال دون ذلك على عن عند غير
في قال قالت قبل قد كان كانت كل كما لا لم لن له لها ما مع من منذ هذا هذه هناك هو هي و وقال وقد يوم
bir bu da daha de diye en gibi gore her icin ile ise kadar ki mi ne o olan olarak oldu once sonra
ve veya ya yeni
che con del della delle di e gli il in la le lo nel nella non per piu si sono un una
de een en het in is met niet op te van voor zijn
"""

STOP: frozenset[str] = frozenset(_STOP.split())

_NUMBERS = {
    2: "two deux dos dois duas zwei due iki два две двое",
    3: "three trois tres drei tre uc три трое",
    4: "four quatre cuatro quatro vier dort четыре четверо",
    5: "five cinq cinco funf bes пять пятеро",
    6: "six seis sechs alti шесть шестеро",
    7: "seven sept siete sete sieben yedi семь",
    8: "eight huit ocho oito acht sekiz восемь",
    9: "nine neuf nueve nove neun dokuz девять",
    10: "ten dix diez dez zehn десять",
    11: "eleven onze once elf одиннадцать",
    12: "twelve douze doce doze zwolf двенадцать",
    13: "thirteen treize trece treze dreizehn",
    14: "fourteen quatorze catorce vierzehn",
    15: "fifteen quinze quince funfzehn",
    16: "sixteen seize dieciseis dezesseis sechzehn",
    17: "seventeen diecisiete dezessete siebzehn",
    18: "eighteen dieciocho dezoito achtzehn",
    19: "nineteen diecinueve dezenove neunzehn",
    20: "twenty vingt veinte vinte zwanzig двадцать",
    30: "thirty trente treinta trinta dreißig dreissig тридцать",
    40: "forty quarante cuarenta quarenta vierzig сорок",
    50: "fifty cinquante cincuenta cinquenta funfzig пятьдесят",
}

NUMBERS: dict[str, int] = {word: n for n, words in _NUMBERS.items() for word in words.split()}
"""Number words up to fifty; "six", "once" and "sept" of one language may be words of another."""

_WEEKDAYS = """
monday lundi lunes segunda montag понедельник понедельника
tuesday mardi martes dienstag вторник вторника
wednesday mercredi miercoles mittwoch среду среда среды
thursday jeudi jueves donnerstag четверг четверга
friday vendredi viernes freitag пятницу пятница пятницы
saturday samedi sabado samstag sonnabend субботу суббота субботы
sunday dimanche domingo sonntag воскресенье воскресенья
"""

_MONTHS = """
january jan janvier enero janeiro januar января
february feb fevrier febrero fevereiro februar февраля
march mar mars marzo marco marz марта
april apr avril abril апреля
may mai mayo maio мая
june jun juin junio junho juni июня
july jul juillet julio julho juli июля
august aug aout agosto августа
september sept sep septembre septiembre setembro сентября
october oct octobre octubre outubro oktober октября
november nov novembre noviembre novembro ноября
december dec decembre diciembre dezembro dezember декабря
"""


def _numbered(text: str) -> dict[str, int]:
    lines = text.strip().splitlines()
    return {word: n for n, line in enumerate(lines, 1) for word in line.split()}


WEEKDAYS: dict[str, int] = _numbered(_WEEKDAYS)
"""Monday is 1."""
MONTHS: dict[str, int] = _numbered(_MONTHS)
"""January is 1. Some are common words too ("may", "mar"): they count beside a number only."""
