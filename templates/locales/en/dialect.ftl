# Messages of the Italian and the Portuguese dialect.
dialect-field-missing = The field { $field } is missing or of the wrong type.
dialect-field-invalid = The field { $field } cannot be taken as it is.
dialect-not-json = The request is not a JSON object.
