"""Danish labels of the eForms rendering: which are read, which are known not to matter, and what codes are called.

They are those of the eForms SDK's view templates, SDK 1.3 to 1.16 (`view-templates/*.efx`, `translations/field_da.xml`,
`auxiliary_da.xml` and `code_da.xml` of OP-TED/eForms-SDK), because the wording changed over the years and a portal may
use any of them. All in lower case, without a colon or full stop at the end.
"""

from __future__ import annotations

from typing import Final


def _folded(block: str) -> frozenset[str]:
    """Labels between bars, however the lines are broken."""
    return frozenset(label for raw in " ".join(block.split()).split("|") if (label := raw.strip()))


def _of(table: dict[str, str]) -> dict[str, str]:
    """From "field: one | another" to a field for each label."""
    return {label.strip(): name for name, labels in table.items() for label in labels.split("|")}


# The main parts of a notice in the order of the templates (their numbers 1, 2, 3, 4, 5, 6, 7, 8, 10 and last).
PARTS: Final = _of(
    {
        "buyer": "køber | ordregiver",
        "procedure": "procedure",
        "part": "del | dele",
        "group": "gruppe af delkontrakter | gruppe af partier",
        "lot": "delkontrakt | delkontrakter | delaftale | delaftaler | parti | partier",
        "result": "resultater | resultat",
        "modification": "kontraktændring",
        "organisation": "organisationer | organisation",
        "change": "ændring | ændringer",
        "notice": "oplysninger om bekendtgørelsen | oplysninger om meddelelser | oplysninger om bekendtgørelse",
    }
)

# Headings inside a part. "skip" holds nothing that is read.
SECTIONS: Final = _of(
    {
        "purpose": "formål",
        "options": "optioner | valgmuligheder",
        "place": "udførelsessted",
        "duration": "anslået varighed | varighed",
        "renewal": "fornyelse",
        "value": "værdi",
        "general": "generelle oplysninger",
        "strategic": "strategiske indkøb | strategiske udbud",
        "selection": "udvælgelseskriterier",
        "documents": "tilbudsdokumenter | udbudsdokumenter",
        "terms": "udbudsbetingelser | udbudsvilkår | tilbudsvilkår | vilkår for indgivelse | "
        "betingelser for indsendelse",
        "contract": "betingelser for kontrakten | kontraktbestemmelser | betingelser for kontraktens udførelse",
        "techniques": "teknikker",
        "framework": "rammeaftale",
        "dynamic": "oplysninger om dynamisk indkøbssystem | oplysninger om det dynamiske indkøbssystem",
        "previous": "tidligere planlægning | oplysninger om tidligere bekendtgørelser",
        "winner": "vinder | vindende bud | oplysninger om vinderne",
        "agreement": "kontraktoplysninger | oplysninger i aftaler",
        "skip": "tilgængelighedskriterier | kriterier for tilgængelighed | tildelingskriterier | udelukkelsesgrunde | "
        "grunde til udelukkelse | yderligere oplysninger, mægling og gennemgang | ad hoc-kommunikationskanal | "
        "oplysninger om offentlig åbning | oplysninger om offentlig iværksættelse | statistiske oplysninger | "
        "oplysninger om anden fase af en totrinsprocedure | information om klager | "
        "oplysninger om den anden fase i en procedure, der afvikles i to faser | elektronisk auktion | "
        "oplysninger om eu-midler | oplysninger om den eu-støtte, der anvendes til at finansiere kontrakten | "
        "oplysninger om den europæiske unions midler til finansiering af kontrakten | procedurens indhold | "
        "vilkår for proceduren | betingelser for ordningen for projektkonkurrencer | modtagne tilbud og ansøgninger om "
        "deltagelse | vilkår for ordningen for projektkonkurrencer | underleverancer | underentreprise | "
        "oplysninger, der kan suppleres efter indsendelsesfristen | ikke-vindende tilbudsgivere | reel ejer | "
        "oplysninger, der kan suppleres efter indgivelsesfristen er udløbet | andre kontaktpunkter | "
        "denne organisations roller | rolle(r) | statistik om strategiske udbud | gruppe af delkontrakter",
    }
)

# Labels that say the same wherever in a lot or in the procedure they stand.
FIELDS: Final = _of(
    {
        "procedure_id": "identifikator for proceduren",
        "procedure_type": "udbudsprocedure | type af procedure | procedurens art",
        "legal_basis": "retsgrundlag | retsgrundlaget for proceduren | retsforhandlingernes retsgrundlag",
        "nature": "kontraktens hovedformål | kontraktens art | kontrakttype",
        "cpv": "primær klassifikation | primær klassificering | hovedklassificering",
        "cpv_additional": "supplerende klassifikation | yderligere klassificering | tillægsklassificering",
        "value": "anslået værdi eksklusiv moms | anslået værdi eksklusive moms | anslået værdi ekskl. moms | "
        "anslået værdi",
        "maximum": "rammeaftalens maksimumværdi | rammeaftalens maksimale værdi",
        "nuts": "landsdel (nuts) | landsdel | landespecifik underafdeling (nuts) | landespecifik underafdeling | "
        "landeunderordnet enhed",
        "length": "varighed | periode",
        "start": "startdato",
        "end": "varigheds slutdato | slutdato | varighedens slutdato",
        "renewals": "højeste antal fornyelser | maksimale forlængelser",
        "renewal_text": "yderligere oplysninger om fornyelser",
        "tenders": "frist for modtagelse af tilbud | frist for modtagelse af bud | tilbudsfrist",
        "requests": "frist for modtagelse af anmodninger om deltagelse | ansøgningsfrist | "
        "frist for modtagelse af ansøgninger om deltagelse",
        "interest": "frist for modtagelse af interessetilkendegivelser | frist for modtagelse af svar | "
        "svar på modtagelse af frist",
        "questions": "frist for anmodning om yderligere oplysninger",
        "reserved": "reserveret deltagelse | forbeholdt deltagelse",
        "execution": "udførelsen af kontrakten skal ske inden for rammerne af programmer for beskyttet beskæftigelse | "
        "gennemførelsen af kontrakten skal ske inden for rammerne af programmer for beskyttet beskæftigelse",
        "sme": "dette udbud er også egnet for små og mellemstore virksomheder (smv'er) | "
        "dette udbud egner sig også til små og mellemstore virksomheder (smv'er)",
        "strategic": "formålet med strategiske udbud",
        "environmental": "tilgang til reduktion af miljøpåvirkninger | tilgang til reduktion af miljøvirkninger | "
        "tilgang til mindskelse af miljøpåvirkningerne",
        "social": "socialt mål, som fremmes | fremme af det sociale mål",
        "innovative": "offentlige indkøb af innovationsløsninger | innovativt mål | nyskabende mål",
        "framework": "rammeaftale er involveret | rammeaftalen er inddraget",
        "dynamic": "dynamisk indkøbssystem er involveret",
        "terms": "vilkår relateret til kontraktens udførelse | betingelser for kontraktens gennemførelse",
        "criterion_text": "beskrivelse af udvælgelseskriterium",
        "documents": "adresse på udbudsdokumenterne | udbudsdokumenternes adresse (url)",
        "documents_restricted": "oplysninger om begrænsede dokumenter findes på | "
        "oplysninger om fortrolige dokumenter findes på",
        "submission": "indgivelsesadresse | adresse til indsendelse (url)",
        "previous": "id for den foregående bekendtgørelse | identifikator for den foregående bekendtgørelse | "
        "identifikator for tidligere meddelelse | tidligere bekendtgørelse | forrige meddelelse",
        "place_other": "andre begrænsninger af opfyldelsesstedet | andre begrænsninger på opfyldelsesstedet | "
        "begrænsninger af opfyldelsesstedet",
    }
)

# Labels that mean something else in each section; "" is what stands before the first heading of a lot. In a section
# that is not named here they belong to something that is not read.
BY_SECTION: Final = {
    "titel": {"": "title"},
    "beskrivelse": {"": "description", "selection": "criterion_text", "renewal": "renewal_text"},
    "yderligere oplysninger": {"": "information", "general": "information", "place": "place_remark"},
    "by": {"place": "town"},
    "sted": {"place": "town"},
    "navn": {"selection": "criterion_name"},
    "type": {"selection": "criterion"},
    "kriterium": {"selection": "criterion"},
    "udvælgelseskriterium": {"selection": "criterion"},
    # bought in addition, not extended: what it says of the contract's length is not a renewal
    "køberen forbeholder sig retten til at foretage yderligere indkøb fra entreprenøren som beskrevet her": {
        "renewal": "renewal_text"
    },
}

# In the other parts only these are read.
BUYER: Final = _of({"name": "officielt navn | navn | ordregiver | køber"})
ORGANISATION: Final = _of(
    {"name": "officielt navn", "number": "registreringsnummer | organisationens identifikator | cvr | cvr-nr"}
)
RESULT: Final = _of(
    {
        "lot": "resultat delkontrakt-id | resultat lot identifier | resultat for delkontrakt",
        "status": "status for udvælgelse af vinder | status for valg af vinder | vinder udvælgelse status | "
        "der blev valgt en vinder",
        "winner": "officielt navn | navn på tilbudsgiver | navn på udbudspartiet | navn på den udbudende part",
        "value": "værdien af tilbuddet | værdien af resultatet | resultatets værdi",
        "concluded": "dato for indgåelse af kontrakten | dato for aftalens indgåelse",
    }
)
CHANGE: Final = _of(
    {
        "changed": "udgave af den foregående bekendtgørelse, der skal ændres | "
        "version af den tidligere meddelelse, der skal ændres",
        "reason": "hovedårsagen til ændringen | vigtigste årsag til ændringen",
        "section": "afsnitsidentifikator | afsnit, som ændringen gælder for",
        "text": "beskrivelse | beskrivelse af ændringer",
    }
)
NOTICE: Final = _of(
    {
        "notice_id": "bekendtgørelsens id | identifikator for bekendtgørelsen | meddelelsens identifikator/version",
        "form": "formulartype",
        "type": "bekendtgørelsestype | meddelelsestype",
        "dispatched": "afsendelsesdato for bekendtgørelsen | dato for afsendelse af bekendtgørelsen",
        "language": "bekendtgørelsens officielle sprog | sprog, som denne bekendtgørelse er officielt tilgængelig på",
        "number": "bekendtgørelsesnummer | nummer på bekendtgørelsen",
        "published": "offentliggørelsesdato",
    }
)

# Of a procedure and of a lot: known, and of no use to a reader of this program.
IGNORED: Final = _folded("""
    adgangen til visse udbudsdokumenter er begrænset | adresse | alternative tilbud | anden varighed | avanceret
    eller kvalificeret elektronisk signatur eller segl (jf forordning (eu) nr 910/2014) er påkrævet | avanceret
    eller kvalificeret elektronisk signatur eller segl (jf. forordning (eu) nr. 910/2014) er påkrævet |
    bedømmelseskomitéens afgørelse er bindende for køberen | beskrivelse af den finansielle garanti | beskrivelse af
    den metode, der skal anvendes, hvis vejning ikke kan udtrykkes ved hjælp af kriterier | beskrivelse af den
    metode, der skal anvendes, hvis vægtningen ikke kan udtrykkes ved hjælp af kriterier | beskrivelse af
    mulighederne | beskrivelse af optioner | beskrivelse af proceduren | betingelser for deltagelse | betingelser i
    forbindelse med kontrakten | cvd-retsgrundlaget for fastlæggelse af, hvilken kategori af udbudsprocedurer der
    finder anvendelse | dato/tidspunkt | de vigtigste kendetegn ved proceduren | deltagere, der allerede er udvalgt
    | deltagerne er allerede udvalgt | den plads, der modtager præmien | denne delkontrakt vil blive relanceret |
    der afholdes en elektronisk auktion på følgende adresse | der anvendes elektronisk auktion på følgende adresse |
    det dynamiske indkøbssystem er blevet afviklet | det dynamiske indkøbssystem er bragt til ophør | dette er et
    tilbagevendende udbud | elektronisk betaling vil blive anvendt | elektronisk fakturering | elektronisk
    indgivelse | elektronisk indsendelse | elektronisk katalog | eu-fondsprogrammet | eu-støtteprogram | finansiel
    ordning | frist for opnåelse af sikkerhedsgodkendelse | frist for, hvornår buddet skal forblive gyldigt | frist,
    inden for hvilken tilbuddet skal være gyldigt | gentagelse | grønne udbudskriterier | hovedpunkterne i
    proceduren | indkaldelse af tilbud er afsluttet | indkaldelsen af tilbud om konkurrence afsluttes | intern id |
    intern identifikator | jurymedlemmer | kontraktens påtænkte startdato og varighed | kontraktens startdato og
    varighed | kontraktens supplerende karakter | kontraktens varighed forlænges på grund af væsentlige aktiver, der
    er nødvendige for leveringen af tjenesteydelsen | kriterier for grønne indkøb | kriterier for grønne udbud |
    land | landekode | maksimal procentdel af kontraktværdien, som kontrahenten skal give i underentreprise |
    medlemmer af bedømmelseskomitéen | minimumsprocentdel af kontraktværdien, som kontrahenten skal give i
    underentreprise | mængde | obligatorisk angivelse af underentreprise | oplysninger om finansiering og betaling |
    oplysninger om klagefrister | oplysninger om undersøgelsesfrister | postadresse | postnummer | pris | prisens
    værdi | proceduren er en hasteprocedure | proceduren fremskyndes | præmiens værdi | retlig form, der skal
    antages af en gruppe af tilbudsgivere, der får tildelt en kontrakt | retlig form, der skal indtages af en gruppe
    tilbudsgivere, der får tildelt en kontrakt | sted, der modtager prisen | supplerende kontrakttype | udbuddet er
    omfattet af aftalen om offentlige udbud (gpa) | varianter | varighed yderligere oplysninger | varighed, hvor
    tilbuddet skal forblive gyldigt | varigheden af indkaldelsen af interessetilkendegivelser | vedståelsesfrist for
    tilbuddet | væsentlige aktiver | yderligere køberdækning | yderligere om kontraktens art | yderligere omfattede
    købere | åbningsdato
""")
# Beginnings of more such labels, which go on in one way or another.
IGNORED_BEGINNINGS: Final = tuple(
    _folded("""
    alle tjenesteydelsesaftaler | begrundelse | betydningen af | den mindste procentdel | den påtænkte dato | den
    største procentdel | denne procedure | der kræves | der vil blive anvendt | det højeste antal | det maksimale
    antal | en eventuel tjenesteydelseskontrakt | forventet dato | gældende | hvis delkontrakten | hvis proceduren |
    id for delen | identifikator | indkøb falder ind | informationsformidler | kategori for tildelingskriteriet |
    kilder til | kode for | kriterierne vil blive | kriteriet vil blive | kvalitetsmål | køberen forbeholder sig |
    liste over | maksimalt antal | mindste | navne | oplysninger om frist | organisation | proceduren afvikles |
    proceduren vil finde sted | programmet for de eu-midler | retsgrundlaget | sprog | tilbudsgive | udbuddet falder
    ind | url | webadresse | yderligere oplysninger om det eu | yderligere oplysninger om eu | yderligere
    oplysninger om fortrolig
""")
)

# What codes are called. The first that a text holds counts, so the more special stand first.
RESERVATIONS: Final = (
    ("res-ws", "beskyttede værksteder"),
    ("res-pub-ser", "varetager offentlige tjenesteydelsesopgaver"),
    ("res-pub-ser", "offentlig tjenesteydelsesopgave"),
    ("none", "uden forbehold"),
    ("none", "ikke forbeholdt"),
)
FRAMEWORKS: Final = (
    ("none", "ingen rammeaftale"),
    ("fa-mix", "delvis uden og delvis med"),
    ("fa-wo-rc", "rammeaftale uden fornyet"),
    ("fa-w-rc", "rammeaftale med fornyet"),
    ("fa-wo-rc", "rammeaftale uden genåbning"),
    ("fa-w-rc", "rammeaftale med genåbning"),
)
DYNAMIC: Final = (
    ("none", "intet dynamisk indkøbssystem"),
    ("dps-nlist", "købere, der ikke er nævnt"),
    ("dps-list", "kun kan bruges af købere"),
)
STRATEGIC: Final = (
    ("none", "ingen strategiske"),
    ("env-imp", "reduktion af miljømæssige"),
    ("env-imp", "miljøpåvirkninger"),
    ("inn-pur", "innovative indkøb"),
    ("soc-obj", "sociale mål"),
)
ENVIRONMENTAL: Final = (
    ("biodiv-eco", "biodiversitet"),
    ("circ-econ", "cirkulær økonomi"),
    ("clim-adapt", "tilpasning til klimaændringer"),
    ("clim-mitig", "modvirkning af klimaændringer"),
    ("pollu-prev", "bekæmpelse af forurening"),
    ("water-mar", "havressourcer"),
    ("other", "andet"),
)
SOCIAL: Final = (
    ("acc-all", "adgangsmuligheder for alle"),
    ("acc-all", "tilgængelighed for alle"),
    ("et-eq", "etnisk ligestilling"),
    ("gen-eq", "ligestilling mellem kønnene"),
    ("hum-right", "menneskerettigheder"),
    ("opp", "beskæftigelsesmuligheder"),
    ("work-cond", "retfærdige arbejdsforhold"),
    ("other", "andet"),
)
INNOVATIVE: Final = (
    ("mar-nov", "nye eller væsentligt forbedrede"),
    ("proc-innov", "procesinnovation"),
    ("prod-innov", "produktinnovation"),
    ("rd-act", "forsknings- og udviklingsaktiviteter"),
)
RESULTS: Final = (
    ("open-nw", "stadig i gang"),
    ("clos-nw", "konkurrencen er afsluttet"),
    ("selec-w", "udvalgt mindst én vinder"),
    ("selec-w", "mindst én vinder"),
)
PROCEDURES: Final = (
    ("open", "offentligt udbud"),
    ("restricted", "begrænset"),
    ("neg-w-call", "udbud med forhandling/indkaldelse"),
    ("neg-wo-call", "udbud med forhandling uden"),
    ("comp-dial", "konkurrencepræget dialog"),
    ("innovation", "innovationspartnerskab"),
    ("oth-mult", "i flere faser"),
    ("oth-single", "i én fase"),
    ("oth-single", "i to faser"),
)
# BT-03 by its name in Danish.
FORMS: Final = (
    ("planning", "planlægning"),
    ("consultation", "høring"),
    ("competition", "konkurrence"),
    ("dir-awa-pre", "forudgående underretning om direkte tildeling"),
    ("cont-modif", "kontraktændring"),
    ("completion", "færdiggørelse"),
    ("result", "resultat"),
)
ENDINGS: Final = ("annulleret", "annullering", "annulleres", "aflyst", "aflysning", "cancelled", "cancellation")
