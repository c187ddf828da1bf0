"""A control panel and a machine that speak dialect P, as programs in the field would: they know
nothing of the platform but the dialect. Standard library only.

    python portuguese_panel.py --base http://127.0.0.1:8080 --host acme.localhost --user U --password P

lives through token, customer, license, activation, verification, heartbeat, block and renewal, and
prints one JSON object with what it was told at each step.
"""
import argparse
import http.client
import json
import urllib.parse

parser = argparse.ArgumentParser()
for flag in ("base", "host", "user", "password"):
    parser.add_argument(f"--{flag}", required=True)
asked = parser.parse_args()
address = urllib.parse.urlsplit(asked.base).netloc


class Refused(Exception):
    """The server said no: the dialect's own `codigo`."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body['codigo']}: {body['detail']}")
        self.status, self.code = status, body["codigo"]


def call(method, path, body=None, token=None, form=None):
    headers = {"Host": asked.host}
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body), "application/json"
    if form is not None:
        data = urllib.parse.urlencode(form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request(method, f"/api/v1{path}", body=data, headers=headers)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    if answer.status >= 400:
        raise Refused(answer.status, said)
    return said


def refusal(*words, **more):
    try:
        call(*words, **more)
    except Refused as refused:
        return [refused.status, refused.code]
    raise SystemExit(f"{words} was not refused")


class Panel:
    """Signed in by password; a token that is over is renewed by the refresh token."""

    def __init__(self):
        grant = {"grant_type": "password", "username": asked.user, "password": asked.password}
        self.granted = call("POST", "/auth/token", form=grant)
        again = {"grant_type": "refresh_token", "refresh_token": self.granted["refresh_token"]}
        self.granted = call("POST", "/auth/token", form=again)

    def __call__(self, method, path, body=None):
        return call(method, path, body, token=self.granted["access_token"])


class Machine:
    """One machine: its fingerprint is all it has until it is told a token."""

    def __init__(self, fingerprint):
        self.fingerprint, self.token = fingerprint, None

    def activate(self, key):
        said = call("POST", f"/licencas/ativar/{key}", {"fingerprint": self.fingerprint})
        self.token = said["token"]
        return said

    def heartbeat(self):
        signal = {"fingerprint": self.fingerprint, "cpu": 7.5, "memoria": 50, "disco": 33.3, "versao": "3.0.1"}
        said = call("POST", "/maquinas/heartbeat", signal, token=self.token)
        self.token = said["token"]
        return [said["status"], said["bloqueada"]]


panel, machine, told = Panel(), Machine("painel-1"), {}
customer = panel("POST", "/clientes/", {
    "nome": "Padaria Aurora", "email": "dona@aurora.test", "documento": "11.222.333/0001-81", "tipo": "pro",
})
told["customer"] = [customer["status"], customer["tipo"], customer["documento"]]
told["customers"] = panel("GET", "/clientes/?tamanho=200")["total"]
license = panel("POST", "/licencas/", {"cliente_id": customer["id"], "tipo": "assinatura"})
key = license["chave"]
told["license"] = [license["status"], license["tipo"]]
told["before"] = call("GET", f"/licencas/verificar/{key}")["valida"]
activated = machine.activate(key)
told["activated"] = [activated["status"], activated["dias_restantes"]]
verified = call("GET", f"/licencas/verificar/{key}?fingerprint={machine.fingerprint}")
told["verified"] = [verified["valida"], verified["token"] == machine.token]
told["heartbeat"] = machine.heartbeat()
told["second"] = refusal("POST", f"/licencas/ativar/{key}", {"fingerprint": "painel-2"})
told["dashboard"] = panel("GET", f"/maquinas/{activated['maquina_id']}/dashboard")["metricas"]
panel("POST", f"/maquinas/{activated['maquina_id']}/bloquear")
told["machine_blocked"] = machine.heartbeat()
panel("POST", f"/maquinas/{activated['maquina_id']}/desbloquear")
told["customer_blocked"] = panel("POST", f"/clientes/{customer['id']}/bloquear")["status"]
told["heartbeat_of_blocked"] = machine.heartbeat()
told["verified_of_blocked"] = call("GET", f"/licencas/verificar/{key}")["valida"]
told["customer_active"] = panel("POST", f"/clientes/{customer['id']}/ativar")["status"]
renewed = panel("POST", f"/licencas/{license['id']}/renovar")
told["renewed"] = [renewed["status"], renewed["dias_restantes"]]
told["heartbeat_at_last"] = machine.heartbeat()
told["nobody"] = refusal("GET", "/clientes/")
print(json.dumps(told))
