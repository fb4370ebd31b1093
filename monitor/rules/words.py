"""Small word lists that the matcher needs: given names, and words that acronyms are mistaken for.

Written by hand for the watch languages; folded. They are cues, never a reason to match.
"""

from __future__ import annotations


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


GIVEN_NAMES = _words(
    """
    aaron abdul abdullah adam adrian ahmed aisha alan albert alejandro alex alexander alexandra ali
    alice amanda amina amy ana andrea andrew andy angela anita ann anna anne anthony antonio arthur
    ashley barbara barry ben benjamin bernard beth betty bill billy bob bobby boris brad brandon
    brenda brian bruce bryan carl carla carlos carmen carol caroline catherine charles charlie
    charlotte chris christian christina christine christopher claire claude colin craig cynthia
    dale dan daniel danny dave david dean deborah debra dennis derek diana diane diego dmitri don
    donald donna dorothy doug douglas dylan ed eddie edward elena elizabeth ellen emily emma
    emmanuel eric erik ernest eugene eva evan evelyn fatima felix fernando florence frances
    francesco francis francisco francois frank franklin fred frederick gabriel gareth gary gavin
    geoffrey george gerald gerard giorgio giovanni gloria gordon graham greg gregory guy hannah
    hans harold harriet harry hassan heather helen helena henri henry herbert hillary howard hugh
    hugo ian ibrahim igor irene isaac isabel isabella ivan jack jackie jacob jacques jaime jake
    james jamie jan jane janet janice jason jay jean jeff jeffrey jennifer jeremy jerry jesse
    jessica jim jimmy joan joanna joe joel johann john johnny jon jonathan jorge jose joseph
    joshua joyce juan judith judy julia julian julie justin karen karl kate katherine kathleen
    kathryn katie keith kelly ken kenneth kevin kim klaus kristen kyle larry laura lauren lawrence
    leah lee leo leon leonard leonardo leslie lewis liam linda lisa lorenzo louis louise lucas lucy
    luis luke lynn marc marcel marco marcus margaret maria marie marilyn mario mark martha martin
    mary matt matthew maurice max megan melissa michael michel michelle miguel mike mikhail mohamed
    mohammad mohammed monica muhammad mustafa nancy natalie nathan neil nicholas nick nicolas
    nicole nigel nina noah norman olga oliver olivia omar oscar pablo pamela patricia patrick paul
    paula pedro peter phil philip philippe phillip pierre rachel ralph ramon randy ray raymond
    rebecca ricardo richard rick rita rob robert roberto robin roger roland ron ronald rosa rose
    ross roy russell ruth ryan sally sam samantha samuel sandra sara sarah scott sean serena sergei
    sergio sharon shaun sheila shirley simon sofia sophia sophie stanley stefan stephanie stephen
    steve steven stuart susan sylvia tamara ted teresa terry theodore theresa thomas tim timothy
    tina todd tom tommy tony tracy tyler vanessa victor victoria vincent vladimir walter wanda
    warren wayne wendy wesley william willie yolanda yusuf yves zachary zoe
    """
)

SURNAMES = _words(
    """
    abbott adams ahmed alexander ali allen alvarez anderson andrews armstrong arnold atkinson
    austin bailey baker barker barnes barnett barrett bates beck becker bennett berry blair
    blake boyd bradley brady brennan brooks brown bryant burke burns burton butler byrne
    caldwell cameron campbell carlson carpenter carr carroll carter castro chandler chapman
    chavez chen clark clarke cohen collins connolly connor cooper cox craig crawford cruz
    cunningham curtis daniels davidson davies davis dawson delgado diaz dixon doherty douglas
    doyle duncan dunn edwards elliott ellis evans farrell ferguson fernandez fitzgerald fleming
    fletcher flores ford foster fowler francis franklin fraser freeman fuller garcia garrett
    gibbs gibson gilbert gill gomez gonzales gonzalez goodman gordon graham greene griffin
    griffiths gutierrez hale hamilton hansen hanson hardy harper harries harris harrison hart
    harvey hawkins hayes henderson henry hernandez herrera hicks higgins hoffman hogan holland
    holmes hopkins howard howell hudson hughes jackson jacobs james jefferson jenkins jennings
    jensen jimenez johnson johnston jones joseph kaplan kaufman kelley kelly kennedy khan kim
    klein lambert larson lawrence lawson lee leonard levy lewis lindsay lloyd logan lopez love
    lynch macdonald maldonado marshall martin martinez mason matthews maxwell mccarthy mccormick
    mccoy mcdonald mcgee mckenzie mckinney mendez mendoza meyer miller mills mitchell moore
    morales moreno morgan morris morrison moss mueller munoz murphy murray myers nelson newman
    newton nguyen nichols nielsen nolan norris obrien oconnor oliver olsen olson ortega ortiz
    owens palmer parker parsons patel patterson payne pearson perez perkins perry peters
    petersen peterson phillips pickford pierce porter powell preston quinn ramirez ramos reed
    reeves reid reyes reynolds richards richardson riley rivera roberts robertson robinson
    rodgers rodriguez rogers romero ross rossi ruiz russell ryan salazar sanchez sanders
    santiago santos saunders schmidt schneider schultz schwartz scott shaw shelton silva simmons
    simpson sims singh smith snyder soto spencer stanley stephens stevens stevenson stewart
    sullivan sutton taylor thomas thompson thomson torres tran tucker turner tyler vargas
    vasquez vaughn walker wallace walsh walters walton ward warner warren watkins watson weaver
    webb weber webster welch wells wheeler whitehead wilkins wilkinson williams williamson
    willis wilson wolf wong woods wright yang zhang zimmerman
    """
)
"""Surnames that hardly ever begin another word: no King, no Young, no Banks."""

DATES = _words(
    """
    monday tuesday wednesday thursday friday saturday sunday january february april june july august
    september october november december
    """
)
"""What newswires write with a capital after a place: in Jordan Tuesday."""

COMMON_WORDS = _words(
    """
    a ai aids all am an and any are as at aux be but by can car cap ces day des die do dos du east
    elle en es est et eu ex for from fed go had has he her him his how ice if il in is ist it its
    ja la le les let los man may me men mit mon my ne no nor not now of oh ok old on one or ou our
    out oui own par pas pie pin pour put que qui ram sa san se she si sie so son sur tan the to too
    tu um un und une up us van von war was we west who why will with wo yes you zu
    воз που
    """
)

LANGUAGES = {
    "am": "Amharic", "ar": "Arabic", "bg": "Bulgarian", "bm": "Bambara", "bn": "Bengali",
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "ff": "Fula", "fi": "Finnish", "fr": "French",
    "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian",
    "ig": "Igbo", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "km": "Khmer",
    "ko": "Korean", "lo": "Lao", "mg": "Malagasy", "ms": "Malay", "my": "Burmese",
    "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "ps": "Pashto",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "so": "Somali", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "th": "Thai", "ti": "Tigrinya",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese",
    "wo": "Wolof", "yo": "Yoruba", "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip
"""What explanations call the languages of names; others by their code."""
