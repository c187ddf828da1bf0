import alvara

license = alvara.init(
    product="PRODUCT-CODE",
    public_key='''KEY-SET''',
    api_url="https://licenses.example.com",
    version="1.0",
)
state = license.check()
if not state.valid:
    state = license.activate(input("Activation key: "))
if not state.valid:
    raise SystemExit(state.error_detail or state.message("en"))
print(state.message("en"))
license.start()
