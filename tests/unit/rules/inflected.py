"""Words of the news in the forms that texts use: per language at least thirty, written by hand.

Each line is a name, noun or adjective as a gazetteer lists it (``a:`` before an adjective), then
forms of it that have to be found. Capitals and accents do not matter here.
"""

from __future__ import annotations

WORDS: dict[str, str] = {
    "en": """
        soldier: soldiers | troop: troops | army: armies | militia: militias | hostage: hostages
        coup: coups | junta: juntas | ambush: ambushes | air strike: air strikes | crisis: crises
        gunman: gunmen | serviceman: servicemen | policeman: policemen | mercenary: mercenaries
        ministry: ministries | embassy: embassies | outbreak: outbreaks | virus: viruses
        prisoner of war: prisoners of war | state of emergency: states of emergency | mine: mines
        pipeline: pipelines | refugee: refugees | ceasefire: ceasefires | protest: protests
        militant: militants | base: bases | fighter jet: fighter jets | chief of staff: chiefs of staff
        a:Nigerien: Nigeriens | a:Malian: Malians | a:Iraqi: Iraqis | a:Pole: Poles | a:Filipino: Filipinos
    """,
    "fr": """
        a:nigérien: nigérienne nigériens nigériennes | a:malien: malienne maliens maliennes
        a:tchadien: tchadienne tchadiennes | a:russe: russes | a:turc: turque turques turcs
        a:grec: grecque grecques grecs | a:français: française françaises | a:chinois: chinoise chinoises
        a:burkinabè: burkinabès | a:togolais: togolaise togolaises | a:sahélien: sahélienne sahéliens
        a:européen: européenne européens européennes | a:allemand: allemande allemands allemandes
        a:espagnol: espagnole espagnols espagnoles | a:israélien: israélienne israéliens
        a:syrien: syrienne syriens | a:libyen: libyenne libyens | a:marocain: marocaine marocains marocaines
        a:afghan: afghane afghans afghanes | a:kényan: kényane kényans kényanes
        soldat: soldats | instructeur militaire: instructeurs militaires | général: généraux
        coup d'État: coups d'État | attaque terroriste: attaques terroristes | frappe aérienne: frappes aériennes
        otage: otages | accord: accords | réseau: réseaux | rebelle: rebelles | combattant: combattants
        base militaire: bases militaires | drone: drones | élection présidentielle: élections présidentielles
        tribunal: tribunaux | ambassade: ambassades | milicien: miliciens
    """,
    "de": """
        Niger: Nigers | Mali: Malis | Tschad: Tschads | Russland: Russlands | Deutschland: Deutschlands
        a:nigrisch: nigrische nigrischen nigrischer nigrisches nigrischem | a:malisch: malische malischen
        a:russisch: russische russischen russischer | a:chinesisch: chinesische chinesischen
        a:deutsch: deutsche deutschen deutscher | a:türkisch: türkische türkischen
        a:Nigrer: Nigrern Nigrers Nigrerin Nigrerinnen | a:Malier: Maliern Malierin
        a:Russe: Russen Russin Russinnen | a:Türke: Türken Türkin | a:Franzose: Franzosen
        Soldat: Soldaten Soldatin Soldatinnen | Söldner: Söldnern Söldners | Truppe: Truppen
        Angriff: Angriffe Angriffen Angriffs | Anschlag: Anschläge Anschlägen | Putsch: Putsches
        Rebell: Rebellen | Geisel: Geiseln | Miliz: Milizen | Regierung: Regierungen | Rakete: Raketen
        Ausbilder: Ausbildern | Stützpunkt: Stützpunkte Stützpunkten Stützpunkts | Sanktion: Sanktionen
        Wahl: Wahlen | Flüchtling: Flüchtlinge Flüchtlingen Flüchtlings | Präsident: Präsidenten Präsidentin
        Afrikanische Union: Afrikanischen Union | Vereinte Nationen: Vereinten Nationen
        Drohne: Drohnen | Botschaft: Botschaften | Abkommen: Abkommens | Krise: Krisen
    """,
    "es": """
        a:nigerino: nigerina nigerinos nigerinas | a:maliense: malienses | a:ruso: rusa rusos rusas
        a:francés: francesa franceses francesas | a:alemán: alemana alemanes alemanas
        a:español: española españoles españolas | a:turco: turca turcos turcas | a:iraní: iraníes
        a:chadiano: chadiana chadianos | a:sudanés: sudanesa sudaneses | a:israelí: israelíes
        a:marroquí: marroquíes | a:estadounidense: estadounidenses | a:haitiano: haitiana haitianos
        a:etíope: etíopes | a:saudí: saudíes | a:afgano: afgana afganos | a:croata: croatas
        soldado: soldados | militar: militares | golpe de Estado: golpes de Estado | rehén: rehenes
        ataque: ataques | bombardeo: bombardeos | instructor militar: instructores militares
        evacuación: evacuaciones | elección: elecciones | general: generales | mercenario: mercenarios
        tropa: tropas | dron: drones | misil: misiles | paz: paces | líder: líderes | país: países
        protesta: protestas | embajador: embajadora embajadores
    """,
    "pt": """
        a:nigerino: nigerina nigerinos nigerinas | a:maliano: maliana malianos | a:russo: russa russos russas
        a:francês: francesa franceses francesas | a:alemão: alemã alemães | a:espanhol: espanhola espanhóis
        a:angolano: angolana angolanos | a:chinês: chinesa chineses | a:europeu: europeia europeus
        a:israelense: israelenses | a:congolês: congolesa congoleses | a:turco: turca turcos
        a:guineense: guineenses | a:saudita: sauditas | a:hebreu: hebreia | a:cristão: cristã cristãos
        soldado: soldados | militar: militares | golpe de Estado: golpes de Estado | refém: reféns
        ataque: ataques | sanção: sanções | eleição: eleições | general: generais | míssil: mísseis
        instrutor militar: instrutores militares | avião: aviões | capitão: capitães | rebelde: rebeldes
        tropa: tropas | acordo: acordos | motim: motins | paz: pazes | civil: civis | mão: mãos
        embaixador: embaixadora embaixadores | prisão: prisões
    """,
    "it": """
        a:nigerino: nigerina nigerini nigerine | a:maliano: maliana maliani maliane | a:russo: russa russi russe
        a:francese: francesi | a:tedesco: tedesca tedeschi tedesche | a:turco: turca turchi turche
        a:greco: greca greci greche | a:libico: libica libici libiche | a:iraniano: iraniana iraniani
        a:ucraino: ucraina ucraini ucraine | a:belga: belgi belghe | a:ciadiano: ciadiana ciadiani
        a:israeliano: israeliana israeliani | a:sudanese: sudanesi | a:keniota: kenioti keniote
        a:jihadista: jihadisti jihadiste
        soldato: soldati | istruttore: istruttori | consigliere militare: consiglieri militari
        colpo di Stato: colpi di Stato | attacco: attacchi | esercito: eserciti | truppa: truppe
        ostaggio: ostaggi | ribelle: ribelli | sanzione: sanzioni | elezione: elezioni | banca: banche
        mercenario: mercenari | generale: generali | base militare: basi militari | missile: missili
        attentato: attentati | strage: stragi | autobomba: autobombe | raid aereo: raid aerei
        ambasciatore: ambasciatori ambasciatrice
    """,
    "ru": """
        Нигер: Нигера Нигеру Нигером Нигере | Мали: Мали | Чад: Чада Чаду Чадом Чаде
        Россия: России Россию Россией | Судан: Судана Судану Суданом Судане | Ниамей: Ниамея Ниамее
        Москва: Москвы Москве Москву Москвой | Бамако: Бамако | Грузия: Грузии Грузию Грузией
        Турция: Турции Турцию Турцией | Вашингтон: Вашингтона Вашингтоне | Киев: Киева Киеве Киевом
        Сахель: Сахеля Сахеле | Ливия: Ливии Ливию Ливией | Соединённые Штаты: Соединённых Штатов
        a:нигерский: нигерского нигерская нигерские нигерских нигерской | a:малийский: малийского малийские
        a:российский: российского российские российских российскими | a:американский: американских
        a:африканский: африканского африканских африканской
        военный: военного военные военных военными | солдат: солдата солдаты солдат солдатами
        наёмник: наёмника наёмники наёмников | инструктор: инструкторы инструкторов инструкторами
        переворот: переворота перевороте перевороты | заложник: заложники заложников
        удар: удара удары ударов | санкция: санкции санкций | выборы: выборов выборах
        военный инструктор: военных инструкторов военные инструкторы | теракт: теракта теракты
        Африканский корпус: Африканского корпуса Африканским корпусом | мятежник: мятежники мятежников
        посольство: посольства посольстве | беженец: беженцы беженцев | войска: войск войскам войсками
    """,
    "uk": """
        Нігер: Нігеру Нігером Нігері | Чад: Чаду Чаді | Росія: Росії Росію Росією | Судан: Судану Судані
        Україна: України Україну Україною Україні | Київ: Києва Києві Києвом | Москва: Москви Москві Москву
        Грузія: Грузії Грузію | Туреччина: Туреччини Туреччині Туреччину | Польща: Польщі Польщу Польщею
        Вашингтон: Вашингтона Вашингтоні | Крим: Криму Кримом | Харків: Харкова Харкові Харковом
        Львів: Львова Львові | Сахель: Сахелю Сахелі | Лівія: Лівії Лівію
        a:нігерський: нігерського нігерські нігерських нігерська нігерській | a:російський: російські російських російського
        a:український: українського українська українських українські | a:турецький: турецького турецькі
        солдат: солдата солдати солдатів солдатами | найманець: найманці найманців найманця
        військовий: військового військові військових військовими | інструктор: інструктори інструкторів
        переворот: перевороту перевороти | удар: удару удари ударів | обстріл: обстрілу обстріли обстрілів
        вибори: виборів виборах | санкція: санкції санкцій | ракета: ракети ракет ракету ракетами
        президент: президента президенту | заручник: заручники заручників | війська: військ військам
        посольство: посольства посольстві | терорист: терористи терористів | біженець: біженці біженців
    """,
    "pl": """
        Polska: Polski Polskę Polską Polsce | Rosja: Rosji Rosję Rosją | Ukraina: Ukrainy Ukrainę Ukrainą Ukrainie
        Francja: Francji Francję Francją | Turcja: Turcji Turcję | Rwanda: Rwandy Rwandę Rwandzie
        Irak: Iraku Irakiem | Sudan: Sudanu Sudanem Sudanie | Czad: Czadu Czadem Czadzie
        Iran: Iranu Iranem Iranie | Libia: Libii Libię Libią | Syria: Syrii Syrię Syrią
        Warszawa: Warszawy Warszawę Warszawie | Moskwa: Moskwy Moskwę Moskwie | Londyn: Londynu Londynie
        Afganistan: Afganistanu Afganistanie | Gruzja: Gruzji Gruzję | Izrael: Izraela Izraelem Izraelu
        Kijów: Kijowa Kijowie Kijowem | Paryż: Paryża Paryżu Paryżem
        a:polski: polskiego polska polskie polskich | a:rosyjski: rosyjskiego rosyjska rosyjskich rosyjskie
        a:turecki: tureckiego turecka tureckich | a:francuski: francuskiego francuska | a:malijski: malijskiego malijska
        a:czadyjski: czadyjskiej czadyjskich | a:Malijczyk: Malijczyka Malijczycy Malijczyków
        żołnierz: żołnierza żołnierze żołnierzy żołnierzom żołnierzami | najemnik: najemnika najemnicy najemników
        zamach: zamachu zamachy zamachów | atak: ataku ataki ataków atakiem | wojsko: wojska wojsk wojskiem
        rakieta: rakiety rakiet rakietę | wybory: wyborów wyborach | sankcja: sankcje sankcji
        instruktor: instruktora instruktorzy instruktorów | dron: drona drony dronów dronami
        baza: bazy bazie | rebeliant: rebelianci rebeliantów | ambasada: ambasady ambasadzie
    """,
    "ar": """
        النيجر: والنيجر بالنيجر للنيجر وبالنيجر | مالي: بمالي ومالي لمالي | تشاد: بتشاد وتشاد لتشاد
        روسيا: وروسيا لروسيا بروسيا | السودان: بالسودان للسودان والسودان | مصر: بمصر ومصر لمصر
        ليبيا: بليبيا لليبيا وليبيا | اليمن: باليمن لليمن | سوريا: بسوريا لسوريا وسوريا
        a:نيجري: نيجرية النيجري النيجرية النيجريين النيجريون بالنيجرية | a:روسي: روسية الروسي الروسية
        a:مالي: المالي المالية ماليين | a:تركي: تركية التركي التركية | a:فرنسي: فرنسية الفرنسية الفرنسيين
        a:سوداني: السوداني السودانية السودانيين | a:أمريكي: الأمريكية الأمريكيين للأمريكيين
        جندي: الجندي والجندي للجندي | قوات: القوات والقوات للقوات وقوات | مدرب: المدرب
        انقلاب: الانقلاب والانقلاب بانقلاب للانقلاب | هجوم: الهجوم بهجوم لهجوم والهجوم
        انتخابات: الانتخابات بالانتخابات للانتخابات | عقوبات: العقوبات والعقوبات | رهائن: الرهائن
        مرتزقة: المرتزقة والمرتزقة للمرتزقة | جيش: الجيش والجيش بالجيش للجيش | قصف: القصف بالقصف
        صاروخ: الصاروخ بصاروخ | طائرة مسيرة: الطائرة المسيرة بطائرة مسيرة | غارة جوية: الغارة الجوية بغارة جوية
        مدرب عسكري: المدرب العسكري | قاعدة عسكرية: القاعدة العسكرية للقاعدة العسكرية
        الاتحاد الأفريقي: للاتحاد الأفريقي بالاتحاد الأفريقي والاتحاد الأفريقي | سفارة: السفارة بالسفارة
        رئيس: الرئيس للرئيس | وباء: الوباء بالوباء | زلزال: الزلزال
    """,
    "tr": """
        Nijer: Nijerin Nijere Nijerde Nijerden Nijeri | Mali: Malinin Maliye Malide Maliden
        Rusya: Rusyanın Rusyaya Rusyada Rusyadan Rusyayı | Çad: Çadın Çada Çadda Çaddan
        Türkiye: Türkiyenin Türkiyeye Türkiyede | Irak: Irakın Iraka Irakta Iraktan
        Suriye: Suriyenin Suriyede Suriyeye | Ukrayna: Ukraynanın Ukraynaya Ukraynada
        Moskova: Moskovanın Moskovada | Gazze: Gazzede Gazzeye Gazzenin | Libya: Libyada Libyaya
        a:Rus: Ruslar Rusların | a:Türk: Türkler Türklerin | a:Nijerli: Nijerliler | a:Suriyeli: Suriyeliler Suriyelilerin
        asker: askeri askerler askerleri askerlerin askere askerlere askerin | paralı asker: paralı askerler paralı askerleri
        darbe: darbenin darbesi darbeye darbeler | saldırı: saldırısı saldırıda saldırılar saldırının
        rehine: rehineler rehineleri | eğitmen: eğitmenler eğitmenleri | ordu: ordusu ordunun orduya
        seçim: seçimler seçimlerde seçimi seçimlerin | yaptırım: yaptırımlar yaptırımları
        üs: üsler üsleri | füze: füzeler füzeleri füzesi | patlama: patlamada patlamalar patlaması
        salgın: salgını salgında | deprem: depremde depremi depremler | protesto: protestolar protestosu
        general: generaller generali | kabinet: kabineti | uçak: uçağı uçaklar uçağın | konsolosluk: konsolosluğu
        çocuk: çocuğu çocuklar | kitap: kitabı kitaplar | bakan: bakanı bakanlar bakanın
        büyükelçi: büyükelçisi büyükelçiler
    """,
    "ha": """
        soja: sojan | sojoji: sojojin | mayaƙa: mayaƙan | dakaru: dakarun | gwamnati: gwamnatin
        shugaba: shugaban | juyin mulki: juyin mulkin | hari: harin | hare-hare: hare-haren
        makamai: makaman | rundunar: rundunar | ƙasa: ƙasar | majalisa: majalisar | jakada: jakadan
        kungiya: kungiyar | jirgi: jirgin | zaɓe: zaɓen | fira minista: fira ministan | ofishi: ofishin
        sansani: sansanin | takunkumi: takunkumin | yarjejeniya: yarjejeniyar | bindiga: bindigar
        'yan bindiga: 'yan bindigar | tawaga: tawagar | hukuma: hukumar | zanga-zanga: zanga-zangar
        cuta: cutar | annoba: annobar | ambaliya: ambaliyar | mataki: matakin | iyaka: iyakar
    """,
    "nl": """
        Niger: Nigers | Rusland: Ruslands | Oekraïne: Oekraïnes | Mali: Malis
        a:Russisch: Russische | a:Nigerees: Nigerese | a:Malinees: Malinese | a:Turks: Turkse | a:Chinees: Chinese
        a:Congolees: Congolese | a:Frans: Franse | a:Duits: Duitse | a:Amerikaans: Amerikaanse | a:Syrisch: Syrische
        soldaat: soldaten | huurling: huurlingen | aanslag: aanslagen | staatsgreep: staatsgrepen
        raket: raketten | troep: troepen | gijzelaar: gijzelaars | instructeur: instructeurs | regering: regeringen
        drone: drones | verkiezing: verkiezingen | ambassade: ambassades | leger: legers | basis: bases
        rebel: rebellen | minister: ministers | vluchteling: vluchtelingen | sanctie: sancties | oorlog: oorlogen
        strijder: strijders | aanval: aanvallen | mijn: mijnen
    """,
    "fa": """
        روسیه: روسیه‌ای | سرباز: سربازان سربازها سربازانی سربازی سربازهای سرباز‌ها | نیرو: نیروها نیروهای نیروهایی نیرو‌های
        کودتا: کودتای کودتاها کودتایی | حمله: حمله‌ای حملهٔ حمله‌ها حمله‌های | مزدور: مزدوران مزدورها مزدوری
        موشک: موشک‌ها موشک‌های موشکی موشکها | تحریم: تحریم‌ها تحریم‌های تحریمها | نیجریه: نیجریه
        گروگان: گروگان‌ها گروگانها گروگانی | انتخابات: انتخاباتی | ارتش: ارتشی | پایگاه: پایگاه‌ها پایگاه‌های
        شورشی: شورشیان شورشی‌ها شورشیها | پهپاد: پهپادها پهپادهای پهپادی پهپاد‌ها | معدن: معدن‌ها معدنی
        انفجار: انفجاری انفجارها انفجارهای | زلزله: زلزله‌ای زلزله‌ها | سفارت: سفارتی
        a:روسی: روسی‌ها روسیها | a:نیجری: نیجری‌ها | a:فرانسوی: فرانسوی‌ها فرانسویان
        a:آمریکایی: آمریکایی‌ها آمریکاییان | a:سوری: سوری‌ها
    """,
    "sw": """
        mwanajeshi: wanajeshi | mwasi: waasi | mamluki: mamluki | shambulio: mashambulio mashambulizi
        jeshi: majeshi | kombora: makombora | rais: marais
        mgodi: migodi | mkataba: mikataba | mlipuko: milipuko | mateka: mateka | kundi: makundi
        kikosi: vikosi | kikwazo: vikwazo | kituo: vituo | mkimbizi: wakimbizi
        mwandamanaji: waandamanaji | askari: askari | jenerali: majenerali | afisa: maafisa
        mpiganaji: wapiganaji | gaidi: magaidi | bomu: mabomu | mwanamgambo: wanamgambo
    """,
}
"""By language. What rules do not reach, broken plurals for one, gazetteers list."""
