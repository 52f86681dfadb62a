"""Small invented files in the layouts of open registries."""

import csv

import pandas as pd

from relatum.samples.importers.registry_crosswalk import load_crosswalk

CALLS = load_crosswalk("linea137").layouts["calls"]
INTERVENTIONS = load_crosswalk("linea137").layouts["interventions"]
CTDC = load_crosswalk("ctdc").layouts["k_anonymised"]
DHS = load_crosswalk("dhs").layouts["women"]
PARTNER = {"victima_vinculo_agresor": "Pareja"}
EXPLOITED = {"victima_vinculo_agresor": "Desconocido", "vs_explotacion_sexual": "SI"}
UNKNOWN = {"ofv_no_sabe_no_contesta": "SI"}
PHYSICAL = {"ofv_violencia_fisica": "SI"}
_BASE = {
    "llamado_fecha_hora": "2020-01-19 12:46:38",
    "intervencion_fecha_hora": "2023/01/01 19:12",
    "victima_genero": "Femenino",
    "victima_edad": "25",
}
_WOMAN = {"v001": "4", "v021": "4", "v044": "1", "v502": "1", "d005": "1000000", "v012": "30"}
_ASKED = ("d101", "d103", "d105")


def linea137(path, rows, columns=CALLS):
    """Write records of Línea 137; an item that a row leaves out is NO."""
    names = [column.names[0] for column in columns.values()]
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(names)
        for row in rows:
            held = {**_BASE, **row}
            writer.writerow(
                [held.get(n, "NO" if n.startswith(("vs_", "ofv_")) else "") for n in names]
            )
    return path


def uneven(n_flagged=40):
    """Return 60 records on exploitation, most of them flagged unknown, and 60 on partners.

    Physical violence: 10 SI in the answered records on exploitation, 20 SI on partners.
    """
    exploited = [EXPLOITED | UNKNOWN] * n_flagged
    exploited += [EXPLOITED | PHYSICAL] * 10 + [EXPLOITED] * (50 - n_flagged)
    return [*exploited, *[PARTNER | PHYSICAL] * 20, *[PARTNER] * 40]


def ctdc(path, rows):
    """Write records of the k-anonymised file of the CTDC; a column that a row leaves out is -99."""
    base = {"gender": "Female", "isSexualExploit": "1"}
    frame = pd.DataFrame([{n: (base | row).get(n, "-99") for n in CTDC} for row in rows])
    frame.to_csv(path, index=False)
    return path


def dhs(path, rows):
    """Write women who answered every question with no, but for what a row says."""
    required = [column.name for column in DHS.values() if column.required]
    names = [*dict.fromkeys([*required, "v012", *(key for row in rows for key in row)])]
    nothing = {name: "0" if name.startswith(_ASKED) else "" for name in names}
    frame = pd.DataFrame([{**nothing, **_WOMAN, **row} for row in rows], columns=names)
    frame.to_csv(path, index=False)
    return path
