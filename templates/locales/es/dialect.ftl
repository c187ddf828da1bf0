# Mensajes de los dialectos italiano y portugués.
dialect-field-missing = El campo { $field } falta o es del tipo equivocado.
dialect-field-invalid = El campo { $field } no se puede aceptar tal como está.
dialect-not-json = La petición no es un objeto JSON.
