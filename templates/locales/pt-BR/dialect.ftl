# Mensagens dos dialetos italiano e português.
dialect-field-missing = O campo { $field } está ausente ou é do tipo errado.
dialect-field-invalid = O campo { $field } não pode ser aceito como está.
dialect-not-json = A requisição não é um objeto JSON.
