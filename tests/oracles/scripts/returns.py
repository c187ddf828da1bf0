"""Reads return files of banks, a path a line, and prints what a stranger reads in each.

A JSON list of its titles a line; a file that he does not read is null.
"""

import json
import sys
import warnings

from pycobranca.cnab.retorno import Retorno
from pycobranca.exceptions import RetornoInvalido

# He says of some banks that he has only the general table for them.
warnings.simplefilter("ignore")


def day(digits):
    """DDMMAAAA or DDMMAA; the files are younger than 2000."""
    if not digits or not int(digits):
        return None
    year = digits[4:] if len(digits) == 8 else "20" + digits[4:]
    return f"{year}-{digits[2:4]}-{digits[:2]}"


for path in sys.stdin.read().splitlines():
    try:
        titles = Retorno.ler(path)
    except RetornoInvalido:
        print("null")
        continue
    read = [
        {
            "number": title.nosso_numero,
            "movement": title.codigo_ocorrencia,
            "paid": int(title.valor_recebido),
            "fee": int(title.valor_tarifa),
            "occurred": day(title.data_ocorrencia),
            "credited": day(title.data_credito),
        }
        for title in titles
    ]
    print(json.dumps(read))
