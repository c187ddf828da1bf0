# Si un recibo es auténtico.
verify-receipt = Recibo { $number }
verify-credit-note = Nota de crédito { $number }
verify-intro = { $seller } emitió este documento. Compárelo con el papel que tiene delante.
verify-genuine = Auténtico
verify-genuine-but = Auténtico, con importe devuelto después
verify-seller = Vendedor
verify-buyer = Comprador
verify-paid = Importe pagado
verify-returned = Importe devuelto
verify-back = Devuelto después
verify-issued = Emitido el
verify-paid-on = Pagado el
