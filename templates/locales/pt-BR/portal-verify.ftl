# Se um recibo é autêntico.
verify-receipt = Recibo { $number }
verify-credit-note = Nota de crédito { $number }
verify-intro = Este documento foi emitido por { $seller }. Compare-o com o papel que você tem em mãos.
verify-genuine = Autêntico
verify-genuine-but = Autêntico, com valor devolvido depois
verify-seller = Vendedor
verify-buyer = Comprador
verify-paid = Valor pago
verify-returned = Valor devolvido
verify-back = Devolvido depois
verify-issued = Emitido em
verify-paid-on = Pago em
