//! What may happen, in the past tense: the names that event rows, audit and webhooks carry.

crate::text_enum! {
    /// The kind of an event.
    pub enum EventKind {
        /// An account was opened.
        TenantCreated = "tenant.created",
        /// An account was suspended.
        TenantSuspended = "tenant.suspended",
        /// An account may act again.
        TenantReinstated = "tenant.reinstated",
        /// A place was added to a tree.
        NodeCreated = "node.created",
        /// A place was changed.
        NodeUpdated = "node.updated",
        /// A place and all below it moved.
        NodeMoved = "node.moved",
        /// A place and all below it were suspended.
        NodeSuspended = "node.suspended",
        /// A place may act again.
        NodeReinstated = "node.reinstated",
        /// A place was put away; it can be brought back.
        NodeDeleted = "node.deleted",
        /// A place was brought back.
        NodeRestored = "node.restored",
        /// A customer was added, or registered itself.
        CustomerCreated = "customer.created",
        /// Somebody registered who is a customer already.
        CustomerRegisteredAgain = "customer.registered_again",
        /// A customer, or its contacts or sites, changed.
        CustomerUpdated = "customer.updated",
        /// Somebody validated a customer.
        CustomerValidated = "customer.validated",
        /// A customer was suspended.
        CustomerSuspended = "customer.suspended",
        /// A customer is no longer suspended.
        CustomerReinstated = "customer.reinstated",
        /// A customer was blocked.
        CustomerBlocked = "customer.blocked",
        /// A customer is no longer blocked.
        CustomerUnblocked = "customer.unblocked",
        /// A customer is one no longer.
        CustomerCancelled = "customer.cancelled",
        /// A place shows another brand.
        BrandPublished = "brand.published",
        /// What becomes of programs that register themselves was changed.
        RegistrationRuleUpdated = "registration_rule.updated",
        /// A program registered itself.
        RegistrationReceived = "registration.received",
        /// A registered program may have its license.
        RegistrationApproved = "registration.approved",
        /// A registered program may not have one.
        RegistrationRefused = "registration.refused",
        /// A registration was put away; it can be brought back.
        RegistrationDeleted = "registration.deleted",
        /// A registration was brought back.
        RegistrationRestored = "registration.restored",
        /// A person got a login.
        MemberCreated = "member.created",
        /// A login was changed.
        MemberUpdated = "member.updated",
        /// A login was switched off.
        MemberDisabled = "member.disabled",
        /// Too many wrong passwords.
        MemberLocked = "member.locked",
        /// A program got a credential.
        ApiKeyCreated = "api_key.created",
        /// A credential was withdrawn.
        ApiKeyRevoked = "api_key.revoked",
        /// A role of a tenant's own was made.
        ProfileCreated = "profile.created",
        /// A role of a tenant's own was changed.
        ProfileUpdated = "profile.updated",
        /// A product was added.
        ProductCreated = "product.created",
        /// A product was changed.
        ProductUpdated = "product.updated",
        /// A version was added.
        VersionCreated = "version.created",
        /// A module was added.
        ModuleCreated = "module.created",
        /// A module was changed.
        ModuleUpdated = "module.updated",
        /// A product was offered to a tenant.
        OfferMade = "offer.made",
        /// An offer was changed.
        OfferUpdated = "offer.updated",
        /// An offer was taken back.
        OfferWithdrawn = "offer.withdrawn",
        /// A policy was added.
        PolicyCreated = "policy.created",
        /// A policy was changed.
        PolicyUpdated = "policy.updated",
        /// A plan was added.
        PlanCreated = "plan.created",
        /// A plan was changed.
        PlanUpdated = "plan.updated",
        /// A signing key was made.
        SigningKeyCreated = "signing_key.created",
        /// Another signing key signs now.
        SigningKeyRotated = "signing_key.rotated",
        /// A signing key went out of use.
        SigningKeyRetired = "signing_key.retired",
        /// A build was published.
        ReleasePublished = "release.published",
        /// A license was issued.
        LicenseIssued = "license.issued",
        /// A license was activated for the first time.
        LicenseActivated = "license.activated",
        /// Somebody validated or approved a pending license.
        LicenseApproved = "license.approved",
        /// A license was changed.
        LicenseUpdated = "license.updated",
        /// A license was renewed.
        LicenseRenewed = "license.renewed",
        /// A license was suspended.
        LicenseSuspended = "license.suspended",
        /// A license may be used again.
        LicenseReinstated = "license.reinstated",
        /// A license was ended for good.
        LicenseRevoked = "license.revoked",
        /// A license went to another place in the tree.
        LicenseTransferred = "license.transferred",
        /// A license is used beyond its limit, within the overage of its terms.
        LicenseOverage = "license.overage",
        /// A license has one named user more.
        LicenseUserAdded = "license.user_added",
        /// A named user may no longer use a license.
        LicenseUserRemoved = "license.user_removed",
        /// Somebody paid for what was a trial.
        LicenseConverted = "license.converted",
        /// A counter of a license was set back to zero by somebody.
        MeterReset = "meter.reset",
        /// A place was given a number of licenses to issue, or another number.
        QuotaSet = "quota.set",
        /// A place's quota was taken away.
        QuotaRemoved = "quota.removed",
        /// A place sells at another price.
        PriceSet = "price.set",
        /// A place sells at the price of those above again.
        PriceRemoved = "price.removed",
        /// A license was put away; it can be brought back.
        LicenseDeleted = "license.deleted",
        /// A license was brought back.
        LicenseRestored = "license.restored",
        /// Many licenses were asked for.
        BatchCreated = "batch.created",
        /// Every license of a batch is issued.
        BatchFinished = "batch.finished",
        /// A batch stopped before its end.
        BatchFailed = "batch.failed",
        /// A renewal key was made.
        RenewalKeyCreated = "renewal_key.created",
        /// A renewal key was used.
        RenewalKeyUsed = "renewal_key.used",
        /// A renewal key was withdrawn.
        RenewalKeyRevoked = "renewal_key.revoked",
        /// A machine started to run under a license.
        MachineActivated = "machine.activated",
        /// A machine gave its seat back.
        MachineDeactivated = "machine.deactivated",
        /// A machine was blocked.
        MachineBlocked = "machine.blocked",
        /// A machine may run again.
        MachineUnblocked = "machine.unblocked",
        /// Computer keys were given out as files.
        ComputerKeysIssued = "computer_keys.issued",
        /// A revocation list changed.
        RevocationListChanged = "revocation_list.changed",
        /// A seat is kept for a machine that is still to come.
        MachineReserved = "machine.reserved",
        /// A machine handed its seat over to another.
        MachineTransferred = "machine.transferred",
        /// A machine missed its call.
        MachineOffline = "machine.offline",
        /// A machine that had missed its call called again.
        MachineOnline = "machine.online",
        /// A machine changed within what its policy tolerates.
        MachineDrifted = "machine.drifted",
        /// It looks as if two machines shared one identity.
        MachineCloneSuspected = "machine.clone_suspected",
        /// Somebody looked into that and found nothing wrong.
        MachineCloneCleared = "machine.clone_cleared",
        /// A floating seat was taken.
        SeatTaken = "seat.taken",
        /// A floating seat was given back.
        SeatReturned = "seat.returned",
        /// A floating seat fell back, for nobody kept it.
        SeatReclaimed = "seat.reclaimed",
        /// A tenant may charge by a plugin.
        PaymentAccountCreated = "payment_account.created",
        /// How a tenant charges was changed.
        PaymentAccountUpdated = "payment_account.updated",
        /// A file for a bank was written.
        RemittanceWritten = "remittance.written",
        /// A file of a bank was read.
        ReturnFileImported = "return_file.imported",
        /// Something was ordered.
        OrderCreated = "order.created",
        /// An order's money came.
        OrderPaid = "order.paid",
        /// An order was called off, or its deferred terms ran out.
        OrderCanceled = "order.canceled",
        /// An order's money went back, or is contested.
        OrderReversed = "order.reversed",
        /// An order on deferred terms is not paid in time.
        OrderOverdue = "order.overdue",
        /// A charge was made.
        ChargeCreated = "charge.created",
        /// A charge changed.
        ChargeUpdated = "charge.updated",
        /// A charge was paid.
        ChargePaid = "charge.paid",
        /// A charge came to nothing.
        ChargeFailed = "charge.failed",
        /// What is told of a charge is not believed.
        ChargeQuarantined = "charge.quarantined",
        /// A receipt or a credit note has its document for the tax office.
        InvoiceFiscalDocumentIssued = "invoice.fiscal_document_issued",
        /// Such a document was called off.
        InvoiceFiscalDocumentCanceled = "invoice.fiscal_document_canceled",
        /// Money of a charge is to go back, or went.
        RefundUpdated = "refund.updated",
        /// A customer's bank contests a charge.
        DisputeUpdated = "dispute.updated",
        /// Orders of a shop elsewhere are listened to.
        ShopAccountCreated = "shop_account.created",
        /// How a shop elsewhere is listened to, or what its goods are here, was changed.
        ShopAccountUpdated = "shop_account.updated",
        /// An order of a shop elsewhere was given, suspended or taken back.
        ShopOrderChanged = "shop_order.changed",
        /// A mail was sent.
        MailSent = "mail.sent",
        /// A mail could not be sent.
        MailFailed = "mail.failed",
        /// A place earns another share.
        CommissionRuleUpdated = "commission_rule.updated",
        /// A place may owe another amount.
        CreditLimitUpdated = "credit_limit.updated",
        /// Somebody is to permit that money is collected again and again.
        MandateCreated = "mandate.created",
        /// Such a permission was given, refused or ended.
        MandateUpdated = "mandate.updated",
        /// The renewal of a license is being collected, was paid, failed or was given up.
        RenewalUpdated = "renewal.updated",
    }
}
