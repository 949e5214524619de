#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: examples that strangers published, asked as strangers would write
them, priced to the cent. Each row has the page that prints its amounts; what
a page rounds down or leaves out (participations, mostly) is said in its row.

A row: name, day, covers of a contrat responsable (NONE: of none),
beneficiary, lines, what each line gives (amo before participations,
participation, amc, remainder), source. The tariffs are those of the rules
unless the line has them.
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap, program, run  # noqa: E402

TM = ["* = TM"]
NONE = ["* = nothing"]
SANTE = ["DEPR class A = 100% sante", "OPTI class A = 100% sante",
         "AUDI class A = 100% sante", "* = TM"]
ADULT = {}
LOCAL = {"regime": "alsace-moselle"}


def br(rate):
    return ["* = %d%% BR" % rate]


def one(act, price, **more):
    return [dict({"act": act, "price": price}, **more)]


CASES = [
    # --- consultations
    ("GP, 1 EUR", "2023-11-03", TM, ADULT, one("G", "26.50"),
     [("18.55", "1.00", "7.95", "1.00")],
     "https://www.centrepresseaveyron.fr/2023/11/03/ : 17.55 paid"),
    ("GP, 2 EUR", "2024-09-01", TM, ADULT, one("G", "26.50"),
     [("18.55", "2.00", "7.95", "2.00")],
     "https://lelynx.fr/breves/assurance-sante-paiement-2-euros-consultation"),
    ("GP without a mutuelle", "2024-01-10", NONE, ADULT, one("G", "26.50"),
     [("18.55", "1.00", "0.00", "8.95")],
     "https://acommeassure.com/guides/loptam-quest-ce-que-cest : 8.95 left"),
    ("GP, base 31.50", "2024-01-10", NONE, ADULT,
     one("G", "31.50", base="31.50", optam=True),
     [("22.05", "1.00", "0.00", "10.45")],
     "https://acommeassure.com/guides/loptam-quest-ce-que-cest : 10.45 left"),
    ("what was paid out, as pages print it", "2025-01-10", TM, ADULT,
     one("G", "30.00", amo="19.00"),
     [("21.00", "2.00", "9.00", "2.00")],
     "service-public F17042: https://stmeen-montauban.fr/ : 19 EUR paid"),
    ("the same with its participation", "2025-01-10", TM, ADULT,
     one("G", "30.00", amo="19.00", participation="2.00"),
     [("21.00", "2.00", "9.00", "2.00")],
     "service-public F17042: https://stmeen-montauban.fr/"),
    ("GP in 2017", "2017-11-16", TM, ADULT, one("G", 25, rate="70"),
     [("17.50", "1.00", "7.50", "1.00")],
     "https://www.macsf.fr/Actualites/Comprendre-les-remboursements-sante"),
    ("the day of the tariff of 2017", "2017-05-01", TM, {"age_class": "child"},
     one("G", "25.00"), [("17.50", "0.00", "7.50", "0.00")],
     "https://studylibfr.com/doc/5278342/ tarifs 2017: 17.50"),
    ("the day before it", "2017-04-30", TM, {"age_class": "child"},
     one("G", "23.00"), [("16.10", "0.00", "6.90", "0.00")],
     "https://studylibfr.com/doc/5278342/ tarifs 2017"),
    ("the day before 26.50", "2023-10-31", TM, ADULT, one("G", "26.50"),
     [("17.50", "1.00", "7.50", "2.50")],
     "https://cdn.magnolia.fr/actualites/sante/"
     "assurance-sante-consultations-medicales-plus-cheres-1-novembre-2023"),
    ("under 6 in 2017", "2017-06-01", TM, {"age": 3}, one("G", "30.00"),
     [("21.00", "0.00", "9.00", "0.00")],
     "https://studylibfr.com/doc/5278342/ tarifs 2017: 21.00"),
    ("under 6 in 2024", "2024-03-05", TM, {"age_class": "under6"},
     one("G", "31.50"), [("22.05", "0.00", "9.45", "0.00")],
     "service-public F10874: https://valdereuil.fr/ : 22.05"),
    ("under 6 in 2025", "2025-03-05", TM, {"age": "5"}, one("G", "35.00"),
     [("24.50", "0.00", "10.50", "0.00")], "https://www.csmf.org/tarifs/"),
    ("under 16 outside the pathway", "2024-03-05", TM,
     {"age_class": "under16"}, one("G", "26.50", pathway=False),
     [("18.55", "0.00", "7.95", "0.00")],
     "service-public F10874: https://valdereuil.fr/ : with or without"),
    ("complex consultation", "2024-03-05", TM, {"age": 9},
     one("CCX", "47.50"), [("33.25", "0.00", "14.25", "0.00")],
     "service-public F10874: https://bayonne.fr/ : 33.25"),
    ("complex consultation before", "2021-04-01", TM, {"age": 9},
     one("CCX", "46.00"), [("32.20", "0.00", "13.80", "0.00")],
     "service-public F10874: https://boinville-en-mantois.fr/ : 32.20"),
    ("very complex consultation", "2024-03-05", TM, {"age": 9},
     one("CCE", "60.00"), [("42.00", "0.00", "18.00", "0.00")],
     "service-public F10874: https://bayonne.fr/ : 42"),
    ("paediatrician", "2021-04-01", TM, {"age": 4},
     one("CS", "32.00", base="32.00"), [("22.40", "0.00", "9.60", "0.00")],
     "service-public F10874: https://olonzac.fr/ : 22.40"),
    ("compulsory examination", "2023-12-01", TM, {"age": 0},
     one("COE", "47.50"), [("47.50", "0.00", "0.00", "0.00")],
     "service-public F10874: https://bayonne.fr/ : 100 %"),
    ("outside the pathway", "2024-06-01", TM, ADULT,
     one("G", "26.50", pathway=False), [("7.95", "2.00", "7.95", "12.60")],
     "https://www.maaf.fr/fr/mutuelle-sante/hors-parcours-de-soins"),
    ("outside the pathway in 2009", "2009-02-01", TM, ADULT,
     one("G", "22.00", base="22.00", pathway=False),
     [("6.60", "1.00", "6.60", "9.80")],
     "https://institutmolinari.org/?p=109 : 5.60 paid"),
    ("specialist outside the pathway in 2009", "2009-02-01", TM, ADULT,
     one("CS", "33.00", base="25.00", pathway=False),
     [("7.50", "1.00", "7.50", "19.00")],
     "https://institutmolinari.org/?p=109 : 6.50 paid"),
    ("sector 2 outside OPTAM", "2021-06-01", TM, ADULT,
     one("G", "50.00", optam=False), [("16.10", "1.00", "6.90", "28.00")],
     "https://www.ag2rlamondiale.fr/ : 15.10 paid, base 23"),
    ("outside OPTAM, 26.50 inside", "2024-03-01", TM, ADULT,
     one("G", "40.00", optam="no"), [("16.10", "1.00", "6.90", "18.00")],
     "https://mon.apicil.com/faq/particulier/quest-ce-que-loptam-optam-co/"),
    ("OPTAM, 26.50", "2024-03-01", TM, ADULT,
     one("G", "40.00", optam="true"), [("18.55", "1.00", "7.95", "14.50")],
     "https://mon.apicil.com/faq/particulier/quest-ce-que-loptam-optam-co/"),
    ("outside OPTAM under 6", "2025-03-05", TM, {"age": 4},
     one("G", "45.00", optam=False), [("19.60", "0.00", "8.40", "17.00")],
     "https://www.csmf.org/tarifs/ : COV 28"),
    ("specialist outside OPTAM in 2025", "2025-03-01", TM, ADULT,
     one("CS", "60.00", optam=False), [("16.10", "2.00", "6.90", "39.00")],
     "service-public F17042: https://stmeen-montauban.fr/"),
    ("sector 2, 50 EUR", "2020-02-01", br(100), ADULT,
     one("G", "50.00", optam=True), [("17.50", "1.00", "7.50", "26.00")],
     "https://synonyme-du-mot.com/les-articles/comment-etre-en-secteur-2 : "
     "16.50 and 7.50; 25 left is without the participation"),
    ("specialist in OPTAM", "2019-06-01", TM, ADULT,
     one("CS", "45.00", base="30.00", optam=True),
     [("21.00", "1.00", "9.00", "16.00")],
     "SNDS documentation, glossaire PF: 20 paid, 9 ticket modérateur"),
    ("150 % of 30", "2025-02-01", br(150), ADULT,
     one("G", "50.00", optam=True), [("21.00", "2.00", "24.00", "7.00")],
     "https://mutuelledefranceunie.fr/actus-comment-calculer-ses-"
     "remboursements-sante--635.php : 45, 5 left without participation"),
    ("specialist in three lines", "2019-06-01", TM, ADULT,
     one("CS", "23.00") + one("MPC", "2.00") + one("MCS", "5.00"),
     [("16.10", "1.00", "6.90", "1.00"), ("1.40", "0.00", "0.60", "0.00"),
      ("3.50", "0.00", "1.50", "0.00")],
     "https://www.lesml.org/fr/169-les-articles-du-sml.php : 30"),
    ("psychiatrist in three lines", "2019-06-01", TM, ADULT,
     one("CNPSY", "39.00") + one("MPC", "2.70", base="2.70") +
     one("MCS", "5.00"),
     [("27.30", "1.00", "11.70", "1.00"), ("1.89", "0.00", "0.81", "0.00"),
      ("3.50", "0.00", "1.50", "0.00")],
     "https://www.lesml.org/fr/169-les-articles-du-sml.php : 46.70"),
    ("psychiatrist in two lines", "2025-07-01", TM, ADULT,
     one("CNP", "52.00") + one("MCS", "5.00"),
     [("36.40", "2.00", "15.60", "2.00"), ("3.50", "0.00", "1.50", "0.00")],
     "https://www.csmf.org/tarifs/ : 57"),
    ("psychiatrist in one", "2025-07-01", TM, ADULT,
     one("CNP", "57.00"), [("39.90", "2.00", "17.10", "2.00")],
     "https://www.csmf.org/tarifs/ : 57"),
    ("psychiatrist the day before", "2025-06-30", TM, ADULT,
     one("CNP", "57.00"), [("38.50", "2.00", "16.50", "4.00")],
     "https://www.csmf.org/tarifs/ : 55"),
    ("psychiatrist, November 2023", "2023-11-01", TM, ADULT,
     one("CNP", "51.70"), [("36.19", "1.00", "15.51", "1.00")],
     "https://cdn.magnolia.fr/actualites/sante/ : 51.70"),
    ("GP in 2025", "2025-02-01", br(100), ADULT, one("G", "30.00"),
     [("21.00", "2.00", "9.00", "2.00")],
     "https://nantes.ufcquechoisir.fr/2025/02/13/ : 19 and 9, 28 in all"),
    ("specialist in OPTAM in 2025", "2025-02-01", br(100), ADULT,
     one("CS", "31.50", optam=True), [("22.05", "2.00", "9.45", "2.00")],
     "https://nantes.ufcquechoisir.fr/2025/02/13/ : 20.05 and 9.45"),
    ("specialist outside OPTAM, 2025", "2025-02-01", br(100), ADULT,
     one("CS", "23.00", optam=False), [("16.10", "2.00", "6.90", "2.00")],
     "https://nantes.ufcquechoisir.fr/2025/02/13/ : 14.10 and 6.90"),
    ("specialist in OPTAM, 45", "2019-06-01", TM, ADULT,
     one("CS", "45.00", optam=True), [("21.00", "1.00", "9.00", "16.00")],
     "SNDS documentation, glossaire PF: 20 paid, 9 ticket modérateur"),
    ("specialist, direct", "2021-01-10", TM, ADULT,
     one("CS", "35.00", pathway=False), [("7.50", "1.00", "7.50", "21.00")],
     "https://droit-pratique.fr/baremes-et-taux/ : 30 % of 25"),
    ("200 % of 23", "2012-06-01", br(200), ADULT, one("G", "50.00"),
     [("16.10", "1.00", "29.90", "5.00")],
     "https://www.assurprox.com/mutuelle-sante/le-calcul-des-rembour"
     "sements.html : 15.10, 5 left"),
    ("complex consultation of an adult", "2024-01-10", TM, ADULT,
     one("CCX", "47.50"), [("33.25", "1.00", "14.25", "1.00")],
     "https://mutuelle.pagesjaunes.fr/astuce/voir/512493 : 32.25 paid"),
    ("home visit", "2017-06-01", TM, {"age": 30},
     one("VG", "25.00") + one("MD", "10.00", base="10.00"),
     [("17.50", "1.00", "7.50", "1.00"), ("7.00", "0.00", "3.00", "0.00")],
     "https://studylibfr.com/doc/5278342/ tarifs 2017: 24.50 for 35"),
    ("teleconsultation", "2024-02-01", TM, ADULT, one("TCG", "25.00"),
     [("17.50", "1.00", "7.50", "1.00")],
     "https://www.previssima.fr/actualite/teleconsultation-moins-cher"),
    ("Réunion", "2023-03-01", TM, {"zone": "reunion"}, one("G", "29.60"),
     [("20.72", "1.00", "8.88", "1.00")],
     "https://chronomut.re/blog/secteurs-activite-medecin-reunion : 19.72"),
    ("Réunion outside OPTAM", "2023-03-01", TM, {"zone": "reunion"},
     one("G", "40.00", optam=False), [("17.71", "1.00", "7.59", "15.70")],
     "https://chronomut.re/blog/secteurs-activite-medecin-reunion : 16.71"),
    ("Réunion, base 44.60", "2023-03-01", TM, {"zone": "reunion"},
     one("G", "44.60", base="44.60", optam=True),
     [("31.22", "1.00", "13.38", "1.00")],
     "https://chronomut.re/blog/secteurs-activite-medecin-reunion : 30.22"),
    ("Martinique", "2024-12-22", TM, {"zone": "martinique"},
     one("G", "36.00"), [("25.20", "2.00", "10.80", "2.00")],
     "https://www.csmf.org/le-texte/drom-et-corse-le-rendez-vous-manque/"),
    ("eight euros a day", "2024-07-11", TM, ADULT,
     one("G", "132.50", quantity="5"), [("92.75", "8.00", "39.75", "8.00")],
     "https://cocoon.fr/actualites/complementaire-sante/"
     "hausse-participation-forfaitaire"),
    ("four euros a day before", "2024-05-14", TM, ADULT,
     one("G", "132.50", quantity=5), [("92.75", "4.00", "39.75", "4.00")],
     "https://cocoon.fr/actualites/complementaire-sante/"
     "hausse-participation-forfaitaire"),
    ("ALD keeps the participation", "2024-09-01", TM, ADULT,
     one("G", "26.50", exemption="ALD"), [("26.50", "2.00", "0.00", "2.00")],
     "https://cdn.magnolia.fr/actualites/sante/"
     "hausse-participation-forfaitaire-mai-2024"),
    ("maternity does not", "2024-09-01", TM, ADULT,
     one("G", "26.50", exemption="maternity"),
     [("26.50", "0.00", "0.00", "0.00")],
     "https://lelynx.fr/breves/assurance-sante-paiement-2-euros-consultation"),
    ("C2S does not", "2024-09-01", TM, ADULT,
     one("G", "26.50", exemption="css"), [("26.50", "0.00", "0.00", "0.00")],
     "https://lelynx.fr/breves/assurance-sante-paiement-2-euros-consultation"),
    # --- Alsace-Moselle
    ("local regime, 10 % of 23", "2012-06-01", TM, LOCAL,
     one("G", "23.00"), [("20.70", "1.00", "2.30", "1.00")],
     "http://www.generaliste-en-france.fr/index.php?id=121 : 2.30"),
    ("local regime, 65 %", "2021-06-01", TM, LOCAL, one("PH7", "10.00"),
     [("9.00", "0.50", "1.00", "0.50")],
     "https://www.lequotidiendumedecin.fr/archives/ : 90 %"),
    ("local regime, 30 %", "2021-06-01", TM, LOCAL, one("PH4", "10.00"),
     [("8.00", "0.50", "2.00", "0.50")],
     "https://www.lequotidiendumedecin.fr/archives/ : 80 %"),
    ("local regime, 15 %", "2021-06-01", TM, LOCAL, one("PH2", "10.00"),
     [("1.50", "0.50", "8.50", "0.50")],
     "https://www.lequotidiendumedecin.fr/archives/ : nothing more"),
    ("local regime, physiotherapy", "2021-06-01", TM, LOCAL,
     one("AMK", "16.13", base="16.13"), [("14.52", "0.50", "1.61", "0.50")],
     "https://www.lequotidiendumedecin.fr/archives/ : 90 %"),
    ("local regime, hospital", "2021-06-01", TM, LOCAL,
     one("GHS", "1145.36", base="1145.36") + one("FJ", "60.00", quantity=3),
     [("1145.36", "0.00", "0.00", "0.00"), ("60.00", "0.00", "0.00", "0.00")],
     "https://www.lequotidiendumedecin.fr/archives/ : 100 %, and the day"),
    ("a limb on film", "2020-06-01", TM, ADULT,
     one("ADI", "27.50", base="27.50"), [("19.25", "1.00", "8.25", "1.00")],
     "https://meilleurtarifassurance.fr/radio-irm/ : 8.25 without the rest"),
    # --- auxiliaries, biology, pharmacy, transport
    ("physiotherapy", "2022-06-01", TM, ADULT,
     one("AMK", "16.13", base="16.13"), [("9.68", "0.50", "6.45", "0.50")],
     "https://www.hyperassur.com/mutuelle/remboursement-securite-sociale/"),
    ("physiotherapy in 2025", "2025-06-01", TM, ADULT,
     one("AMK", "16.13", base=16.13, rate="0.60"),
     [("9.68", "1.00", "6.45", "1.00")], "https://adallom.fr/lexique/kine"),
    ("franchise of a day", "2024-04-01", TM, ADULT,
     one("AMI", "50.00", base="50.00", quantity=6),
     [("30.00", "4.00", "20.00", "4.00")],
     "https://ctip.asso.fr/ : 4 EUR a day"),
    ("laboratory", "2020-03-01", TM, ADULT, one("B", "20.00", base="20.00"),
     [("12.00", "1.00", "8.00", "1.00")],
     "http://www.hyperassur.com/mutuelle/fiche-remboursement-analyse-de-"
     "sang.html : 60 %"),
    ("franchise at its cap", "2024-06-01", TM, ADULT,
     one("PH7", "10.00", _counters={"franchise": {"used": "49.60"}}),
     [("6.50", "0.40", "3.50", "0.40")],
     "https://www.latribune.fr/economie/france/ : 50 EUR a year"),
    ("no more of it", "2024-06-01", TM, ADULT,
     one("PH7", "10.00", _counters={"franchise": {"used": "50"}}),
     [("6.50", "0.00", "3.50", "0.00")],
     "https://www.latribune.fr/economie/france/ : 50 EUR a year"),
    ("vehicle before 1 August 2023", "2023-07-31", TM, ADULT,
     one("VSL", "100.00", base="100.00"),
     [("65.00", "2.00", "35.00", "2.00")],
     "https://www.egora.fr/actus-pro/vie-conventionnelle/"
     "hausse-du-ticket-moderateur-pour-les-frais-de-transport-sanitaire"),
    ("vehicle on 1 August 2023", "2023-08-01", TM, ADULT,
     one("VSL", "100.00", base="100.00"),
     [("55.00", "2.00", "45.00", "2.00")],
     "https://www.egora.fr/actus-pro/vie-conventionnelle/"
     "hausse-du-ticket-moderateur-pour-les-frais-de-transport-sanitaire"),
    ("there and back", "2023-03-01", TM, ADULT,
     one("TXI", "80.00", base="80.00", quantity=2),
     [("52.00", "4.00", "28.00", "4.00")],
     "https://taxis-vsl-conventionnes.fr/faq-items/ : two franchises"),
    ("own car", "2023-03-01", TM, ADULT, one("VP", "30.00", base="30.00"),
     [("19.50", "0.00", "10.50", "0.00")],
     "https://taxis-vsl-conventionnes.fr/faq-items/ : no franchise"),
    # --- dental
    ("dentist", "2019-03-01", br(100), ADULT, one("CD", "30.00"),
     [("16.10", "0.00", "6.90", "7.00")],
     "https://assureurpascher.com/mutuelle-dentaire/ : 7 left; its 1 EUR is "
     "wrong, dentists have no participation"),
    ("dentist, 150 %", "2019-03-01", br(150), ADULT, one("CD", "30.00"),
     [("16.10", "0.00", "13.90", "0.00")],
     "https://assureurpascher.com/mutuelle-dentaire/"),
    ("descaling", "2018-03-01", TM, ADULT, one("SC", "28.92", base="28.92"),
     [("20.24", "0.00", "8.68", "0.00")],
     "https://mutuelle-et-assurance.net/?p=471 : 20.24"),
    ("a molar", "2018-03-01", TM, ADULT, one("END", "81.94", base="81.94"),
     [("57.36", "0.00", "24.58", "0.00")],
     "https://mutuelle-et-assurance.net/?p=471 : 57.35, rounded down"),
    ("crown in 2018", "2018-03-01", br(100), ADULT, one("PFC", "107.50"),
     [("75.25", "0.00", "32.25", "0.00")],
     "https://medecine.savoir.fr/il-faut-une-bonne-mutuelle-pour-avoir-de-"
     "belles-dents"),
    ("ceramic crown in 2018", "2018-04-01", TM, ADULT, one("PFC", "527.00"),
     [("75.25", "0.00", "32.25", "419.50")],
     "https://www.essentiel-sante-magazine.fr/sante/traitements-soins/"
     "couronne-bridge-inlay-core"),
    ("crown, the day before", "2019-03-31", TM, ADULT, one("PFC", "120.00"),
     [("75.25", "0.00", "32.25", "12.50")],
     "https://mntetvous.mnt.fr/100--sante--tarifs-remboursements-"
     "plafonnements"),
    ("crown, the day of it", "2019-04-01", TM, ADULT, one("PFC", "120.00"),
     [("84.00", "0.00", "36.00", "0.00")],
     "https://mntetvous.mnt.fr/100--sante--tarifs-remboursements-"
     "plafonnements"),
    ("inlay core before", "2019-03-31", TM, ADULT, one("ICO", "122.55"),
     [("85.79", "0.00", "36.76", "0.00")],
     "https://mutuelledentaire.info/calcul-du-remboursement-des-soins-"
     "dentaires"),
    ("inlay core after", "2019-04-01", TM, ADULT, one("ICO", "90.00"),
     [("63.00", "0.00", "27.00", "0.00")],
     "https://mntetvous.mnt.fr/100--sante--tarifs-remboursements-"
     "plafonnements"),
    ("crown, 100 % on top", "2018-04-01", ["* = 100% BR above AMO"], ADULT,
     one("PFC", "600.00"), [("75.25", "0.00", "107.50", "417.25")],
     "https://doctoblog.fr/mutuelle-dentaire/ : 182.75 in all"),
    ("removable prosthesis", "2024-04-01", TM, ADULT,
     one("PAR", "900.00", base="182.75"),
     [("109.65", "0.00", "73.10", "717.25")],
     "https://mutuelle-senior.com/remboursement-prothese-dentaire : 60 % of "
     "182.75"),
    ("bridge", "2018-04-01", TM, ADULT,
     one("PFC", "837.00", base="279.50"),
     [("195.65", "0.00", "83.85", "557.50")],
     "https://www.essentiel-sante-magazine.fr/sante/traitements-soins/"
     "couronne-bridge-inlay-core : 195.65"),
    ("crown at its limit", "2020-06-01", SANTE, ADULT, one("PF0", "500.00"),
     [("84.00", "0.00", "416.00", "0.00")],
     "https://mntetvous.mnt.fr/100--sante--tarifs-remboursements-"
     "plafonnements"),
    ("implant by the act", "2021-06-01", ["act:IMP = EUR 200", "* = TM"],
     ADULT, one("IMP", "1000.00"), [("0.00", "0.00", "200.00", "800.00")],
     "https://mutuelle.dispofi.fr/meilleure-mutuelle/ : 200 EUR an act"),
    ("crown on an implant", "2021-06-01", TM, ADULT, one("PFC", "700.00"),
     [("84.00", "0.00", "36.00", "580.00")], "https://dentaly.org/?p=3650"),
    ("orthodontics, 500 %", "2021-06-01", br(500), {"age": 12},
     one("TOR", "1000.00"), [("193.50", "0.00", "774.00", "32.50")],
     "https://bonne-assurance.com/mutuelle/calculateur-remboursements/ : "
     "774.00, 967.50 in all"),
    ("orthodontics, 300 % on top", "2021-06-01", ["* = 300% BR above AMO"],
     {"age": 12}, one("TO", "800.00"),
     [("193.50", "0.00", "580.50", "26.00")],
     "https://orthodontiste-paris16-cyrot.fr/ : 193.50 and 580.50"),
    ("orthodontic supervision", "2024-06-01", TM, {"age": 12},
     one("TOR", "10.75", base="10.75"), [("6.45", "0.00", "4.30", "0.00")],
     "https://acommeassure.com/guides/mutuelle-sante-remboursement-"
     "orthodontiste : 6.45"),
    ("retention, first year", "2024-06-01", TM, {"age": 12},
     one("TOR", "161.25", base="161.25"),
     [("161.25", "0.00", "0.00", "0.00")],
     "https://acommeassure.com/guides/mutuelle-sante-remboursement-"
     "orthodontiste : 100 %"),
    ("retention, second year", "2024-06-01", TM, {"age": 12},
     one("TOR", "107.50", base="107.50"),
     [("64.50", "0.00", "43.00", "0.00")],
     "https://acommeassure.com/guides/mutuelle-sante-remboursement-"
     "orthodontiste : 64.50"),
    # --- optics
    ("lens of class A", "2021-06-01", SANTE, ADULT,
     one("V01", "32.50", base="9.75", **{"class": "a"}),
     [("5.85", "0.00", "26.65", "0.00")],
     "https://mutuelles-comparateur.fr/ : 9.75 of 32.50"),
    ("lens of class A, what was paid", "2021-06-01", SANTE, ADULT,
     one("V03", "75.00", amo="13.50"), [("13.50", "0.00", "61.50", "0.00")],
     "https://mutuelles-comparateur.fr/ : 60 % of 30 %"),
    ("frame before 2020, 400 %", "2018-06-01", br(400), ADULT,
     one("OPT", "150.00", base="2.84"),
     [("1.70", "0.00", "9.66", "138.64")],
     "http://www.ploss.fr/remboursement-lunettes-criteres-choisir-mutuelle/"
     " : 11.36 in all"),
    ("progressive lenses at 700", "2021-06-01",
     ["OPTI class B = real cost", "* = TM"], ADULT,
     one("M03", "150.00") + one("VM1", "800.00", quantity=2),
     [("0.03", "0.00", "100.00", "49.97"),
      ("0.06", "0.00", "600.00", "199.94")],
     "https://www.linternaute.com/argent/magazine/2443357"),
    ("mixed pair: a dear frame", "2021-06-01",
     ["OPTI class A = 100% sante", "OPTI class B = EUR 150", "* = TM"],
     ADULT, one("M03", "150.00") + one("V01", "75.00", base="22.50",
                                       quantity=2),
     [("0.03", "0.00", "100.00", "49.97"),
      ("13.50", "0.00", "61.50", "0.00")],
     "https://france3-regions.francetvinfo.fr/ : 100 for the frame, 75 for "
     "both lenses"),
    # --- audio
    ("hearing aid under 18", "2022-06-01", SANTE, {"age": 10},
     one("PAZ", "1400.00", side="OD"), [("840.00", "0.00", "560.00", "0.00")],
     "https://alan.com/fr-fr/assurance-sante/remboursements-sante/a/"
     "remboursement-protheses-auditives : 840"),
    ("hearing aid in 2018", "2018-12-31", TM, ADULT, one("AUA", "1500.00"),
     [("119.83", "0.00", "79.88", "1300.29")],
     "https://www.mnt.fr/articles/vos-aides-auditives : 199.71"),
    ("hearing aid in 2019", "2019-01-01", TM, ADULT,
     one("PAZ", "1300.00", side="R"),
     [("180.00", "0.00", "120.00", "1000.00")],
     "https://www.mnt.fr/articles/vos-aides-auditives : 300"),
    ("hearing aid in 2020", "2020-01-01", TM, ADULT,
     one("PAZ", "1100.00", side="right"),
     [("210.00", "0.00", "140.00", "750.00")],
     "https://www.mnt.fr/articles/vos-aides-auditives : 350"),
    ("hearing aid before 2011", "2010-06-01", TM, ADULT,
     one("AUA", "1500.00", rate="65%", **{"class": "II"}),
     [("129.81", "0.00", "69.90", "1300.29")],
     "https://news-assurances.com/fiche-pratique/assurance-sante/ : 129.81"),
    ("425 % of 400", "2024-06-01", br(425), ADULT,
     one("PAU", "1900.00", side="L", **{"class": "2"}),
     [("240.00", "0.00", "1460.00", "200.00")],
     "https://www.lesmutuellespascheres.com/ : 1460"),
    # --- hospital
    ("stay at 80 %", "2021-06-01", TM, ADULT,
     one("GHS", "1145.36", base="1145.36"),
     [("916.29", "0.00", "229.07", "0.00")],
     "https://www.ch-stlo.fr/patients-et-visiteurs/ : 229.07"),
    ("heavy act in 2019", "2019-01-01", TM, ADULT,
     one("ATM", "125.40", base="125.40"),
     [("101.40", "0.00", "24.00", "0.00")],
     "https://informations.handicap.fr/a-actes-medicaux-baisse-"
     "remboursement-11436.php"),
    ("heavy act in 2018", "2018-12-31", TM, ADULT,
     one("ATM", "125.40", base="125.40"),
     [("107.40", "0.00", "18.00", "0.00")],
     "https://informations.handicap.fr/a-actes-medicaux-baisse-"
     "remboursement-11436.php"),
    ("share of a heavy act", "2020-06-01", TM, ADULT, one("PAS", "24.00"),
     [("0.00", "0.00", "24.00", "0.00")],
     "https://informations.handicap.fr/a-actes-medicaux-baisse-"
     "remboursement-11436.php"),
    ("psychiatric day", "2018-01-01", TM, ADULT, one("FJP", "15.00"),
     [("0.00", "0.00", "15.00", "0.00")],
     "http://www.msa-bourgogne.fr/lfy/sante/taux-de-remboursement"),
    ("hospital day, work accident", "2021-06-01", TM, ADULT,
     one("FJ", "60.00", quantity=3, exemption="AT"),
     [("60.00", "0.00", "0.00", "0.00")],
     "https://www.lecomparateurassurance.com/103386"),
    ("the price of a forfait is known", "2026-02-28", TM, ADULT,
     [{"act": "FJ", "quantity": 5}, {"act": "FJP"}, {"act": "FPU"},
      {"act": "PAS"}],
     [("0.00", "0.00", "100.00", "0.00"), ("0.00", "0.00", "15.00", "0.00"),
      ("0.00", "0.00", "19.61", "0.00"), ("0.00", "0.00", "24.00", "0.00")],
     "https://www.quechoisir.org/actualite-forfaits-hospitaliers-hausses-"
     "en-rafale-n174650/"),
    ("and the day after", "2026-03-01", TM, ADULT,
     [{"act": "FJ", "quantity": 5}, {"act": "FJP"}, {"act": "FPU"},
      {"act": "FPR"}],
     [("0.00", "0.00", "115.00", "0.00"), ("0.00", "0.00", "17.00", "0.00"),
      ("0.00", "0.00", "23.00", "0.00"), ("0.00", "0.00", "9.96", "0.00")],
     "https://www.quechoisir.org/actualite-forfaits-hospitaliers-hausses-"
     "en-rafale-n174650/"),
    ("hospital day in 2017", "2017-12-31", TM, ADULT,
     [{"act": "FJ"}, {"act": "FJP"}],
     [("0.00", "0.00", "18.00", "0.00"), ("0.00", "0.00", "13.50", "0.00")],
     "http://www.msa-bourgogne.fr/lfy/sante/taux-de-remboursement"),
    ("hospital day, ALD", "2021-06-01", TM, ADULT,
     one("FJ", "60.00", quantity=3, exemption="ald"),
     [("0.00", "0.00", "60.00", "0.00")],
     "https://www.lecomparateurassurance.com/103386 : not freed"),
    ("reduced emergency charge", "2026-03-01", TM, ADULT,
     one("FPR", "9.96"), [("0.00", "0.00", "9.96", "0.00")],
     "https://www.quechoisir.org/actualite-forfaits-hospitaliers-hausses-"
     "en-rafale-n174650/"),
    ("private room", "2021-06-01",
     ["family:private-room = EUR 50", "* = TM"], ADULT,
     one("CPC", "300.00", quantity=5), [("0.00", "0.00", "250.00", "50.00")],
     "https://adpassurances.fr/ : 60 a day"),
    # --- the rest
    ("spa, doctor", "2019-06-01", TM, ADULT, one("STH", "80.00"),
     [("56.00", "0.00", "24.00", "0.00")],
     "https://www.dossierfamilial.com/sante-social/soins-et-prevention/"
     "combien-coute-une-cure-thermale-84094 : 56"),
    ("spa, treatment", "2019-06-01", TM, ADULT,
     one("TH1", "529.45", base="529.45"),
     [("344.14", "0.00", "185.31", "0.00")],
     "https://www.dossierfamilial.com/sante-social/soins-et-prevention/"
     "combien-coute-une-cure-thermale-84094 : 65 % of 529.45"),
    ("spa, left out", "2019-06-01",
     ["family:thermal = nothing", "* = TM"], ADULT,
     one("TH1", "529.45", base="529.45"),
     [("344.14", "0.00", "0.00", "185.31")],
     "CSS R.871-2 1°: a contrat responsable may leave spas out"),
    ("wheelchair", "2021-06-01", TM, ADULT,
     one("VEH", "600.00", base="558.99"),
     [("558.99", "0.00", "0.00", "41.01")],
     "https://maitrise-orthop.com/2016/02/14/ : 100 %"),
    ("outside the nomenclature", "2021-06-01",
     ["act:HN = EUR 30, most 4 acts a year", "* = TM"], ADULT,
     one("HN", "60.00"), [("0.00", "0.00", "30.00", "30.00")],
     "https://www.ag2rlamondiale.fr/mutuelle-sante/conseil-osteopathie"),
    ("five sessions", "2021-06-01",
     ["act:HN = EUR 30, most 5 acts a year", "* = TM"], ADULT,
     one("HN", "300.00", quantity=5), [("0.00", "0.00", "150.00", "150.00")],
     "https://osteo-chartres.fr/blog/osteopathie/ : 150 of 300"),
    ("a sum a year", "2021-06-01",
     ["act:HN = real cost, most EUR 250 a year", "* = TM"], ADULT,
     one("HN", "300.00", quantity=5), [("0.00", "0.00", "250.00", "50.00")],
     "https://osteo-chartres.fr/blog/osteopathie/ : 250 a year"),
]


# day, beneficiary, line, figures that are named as not confirmed
DOUBTS = [
    ("2025-03-01", ADULT, {"act": "G", "price": "30.00"}, []),
    ("2024-06-01", ADULT, {"act": "G", "price": "26.50"}, []),
    ("2016-06-01", ADULT, {"act": "G", "price": "23.00"}, ["G//"]),
    ("2024-06-01", {"zone": "reunion"}, {"act": "G", "price": "31.40"},
     ["G/reunion/"]),
    ("2026-03-31", ADULT, {"act": "PAS"}, []),
    ("2026-04-01", ADULT, {"act": "PAS"}, ["PAS//"]),
    ("2026-04-01", ADULT, {"act": "ADC", "price": "500.00",
                           "base": "500.00"}, ["PAS//"]),
    ("2024-06-01", ADULT, {"act": "PF0", "price": "500.00"}, ["PF0//"]),
    ("2024-06-01", LOCAL, {"act": "VSL", "price": "20.00", "base": "20.00"},
     ["transport/alsace-moselle"]),
]


def contract(n, covers):
    return ("contract C%d\ninsurer 0099100001\nfrom 2000-01-01\n"
            "responsible %s\n" % (n, "no" if covers is NONE else "yes") +
            "".join("cover %s\n" % c for c in covers))


def question(n, case):
    _, day, _, beneficiary, lines, _, _ = case
    counters = {}
    for line in lines:
        counters.update(line.get("_counters", {}))
    return {"id": n, "date": day, "contract": "C%d" % n,
            "beneficiary": beneficiary, "counters": counters,
            "lines": [{k: v for k, v in x.items() if k[0] != "_"}
                      for x in lines]}


def ask(folder, rows):
    _, out, _ = run(program("ecluse"), "price", "--no-steps", "--contracts",
                    folder, check=False,
                    input="".join(rows).encode())
    return [json.loads(x) for x in out.splitlines()]


def priced(t, folder, cases):
    rows = []
    for n, case in enumerate(cases):
        path = os.path.join(folder, "%d.contract" % n)
        with open(path, "w", encoding="utf-8") as f:
            f.write(contract(n, case[2]))
        rows.append(json.dumps(question(n, case)) + "\n")
    for case, got in zip(cases, ask(folder, rows)):
        have = [tuple(x[k] for k in ("amo", "participation", "amc",
                                     "remainder"))
                for x in got.get("lines", [])]
        t.ok(have == case[5], "%s: %s" % (case[0], case[6]),
             "%r, not %r\n%r" % (have, case[5], got))


def doubts(t, folder):
    path = os.path.join(folder, "doubts.contract")
    with open(path, "w", encoding="utf-8") as f:
        f.write(contract(len(CASES), SANTE))
    rows = [question(len(CASES), (None, day, None, who, [line], None, None))
            for day, who, line, _ in DOUBTS]
    for row, got in zip(DOUBTS, ask(folder, [json.dumps(r) + "\n"
                                             for r in rows])):
        named = ["unconfirmed:" + x for x in row[3]]
        t.ok(got.get("flags") == named, "%s on %s: %s" % (
            row[2]["act"], row[0], ", ".join(named) or "all confirmed"), got)


def main():
    t = Tap()
    with tempfile.TemporaryDirectory() as folder:
        priced(t, folder, CASES)
        doubts(t, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
