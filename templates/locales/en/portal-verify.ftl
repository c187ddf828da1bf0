# Whether a receipt is genuine.
verify-receipt = Receipt { $number }
verify-credit-note = Credit note { $number }
verify-intro = { $seller } wrote this document. Compare it with the paper in front of you.
verify-genuine = Genuine
verify-genuine-but = Genuine, money went back since
verify-seller = Seller
verify-buyer = Buyer
verify-paid = Paid
verify-returned = Given back
verify-back = Given back since
verify-issued = Issued on
verify-paid-on = Paid on
