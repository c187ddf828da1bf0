//! The tables as the migrations leave them.
//!
//! This text is also the description that [`crate::shape`] compares with a live database, so keep one column a line.

diesel::table! {
    tenants (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        kind -> Text,
        state -> Text,
        root_node_id -> Text,
        locale -> Text,
        currency -> Text,
        time_zone -> Text,
        default_product_id -> Nullable<Text>,
        tax_id_kind -> Nullable<Text>,
        tax_id -> Nullable<Text>,
        postal_address -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    hosts (host) {
        host -> Text,
        tenant_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    nodes (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        parent_id -> Nullable<Text>,
        kind -> Text,
        name -> Text,
        search_text -> Text,
        email -> Nullable<Text>,
        path -> Text,
        depth -> BigInt,
        state -> Text,
        discount_ceiling_bp -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    profiles (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        name -> Text,
        rules -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    members (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        email -> Text,
        name -> Text,
        role -> Text,
        state -> Text,
        locale -> Nullable<Text>,
        password_hash -> Text,
        totp_sealed -> Nullable<Text>,
        totp_last_step -> BigInt,
        failed_attempts -> BigInt,
        locked_until -> Nullable<BigInt>,
        credentials_epoch -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    sessions (tenant_id, id_hash) {
        tenant_id -> Text,
        id_hash -> Text,
        member_id -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        source_address -> Text,
        user_agent -> Text,
    }
}

diesel::table! {
    refresh_tokens (tenant_id, token_hash) {
        tenant_id -> Text,
        token_hash -> Text,
        family -> Text,
        member_id -> Text,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    api_keys (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        name -> Text,
        role -> Text,
        permissions -> Text,
        secret_hash -> Text,
        created_by -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    token_keys (kid) {
        kid -> Text,
        state -> Text,
        public_pem -> Text,
        private_sealed -> Text,
        created_at -> BigInt,
        retires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    products (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        code -> Text,
        name -> Text,
        key_prefix -> Text,
        algorithm -> Text,
        key_bits -> BigInt,
        state -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    product_versions (tenant_id, id) {
        tenant_id -> Text,
        product_id -> Text,
        id -> Text,
        major -> BigInt,
        minor -> BigInt,
        name -> Text,
        released_at -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    modules (tenant_id, id) {
        tenant_id -> Text,
        product_id -> Text,
        id -> Text,
        code -> Text,
        name -> Text,
        position -> BigInt,
        price_minor -> BigInt,
        currency -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    signing_keys (tenant_id, product_id, kid) {
        tenant_id -> Text,
        product_id -> Text,
        kid -> Text,
        algorithm -> Text,
        state -> Text,
        public_pem -> Text,
        private_sealed -> Text,
        created_at -> BigInt,
        activated_at -> Nullable<BigInt>,
        retires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    offers (tenant_id, product_id) {
        tenant_id -> Text,
        product_id -> Text,
        owner_tenant_id -> Text,
        state -> Text,
        wholesale_minor -> BigInt,
        currency -> Text,
        license_limit -> Nullable<BigInt>,
        licenses_issued -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    policies (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        product_id -> Text,
        code -> Text,
        name -> Text,
        terms -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    plans (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        policy_id -> Text,
        code -> Text,
        name -> Text,
        price_minor -> BigInt,
        currency -> Text,
        period -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    releases (tenant_id, id) {
        tenant_id -> Text,
        product_id -> Text,
        id -> Text,
        channel -> Text,
        platform -> Text,
        version -> Text,
        sort_key -> Text,
        url -> Text,
        notes -> Text,
        mandatory -> Bool,
        sha256 -> Text,
        signature -> Text,
        published_at -> BigInt,
    }
}

diesel::table! {
    batches (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        policy_id -> Text,
        request -> Text,
        total -> BigInt,
        issued -> BigInt,
        state -> Text,
        failure -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    licenses (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        product_id -> Text,
        policy_id -> Text,
        node_id -> Text,
        batch_id -> Nullable<Text>,
        key_lookup -> Text,
        key_sealed -> Text,
        key_hint -> Text,
        kind -> Text,
        state -> Text,
        state_reason -> Nullable<Text>,
        terms -> Text,
        bound_user -> Nullable<Text>,
        bound_site -> Nullable<Text>,
        machine_limit -> Nullable<BigInt>,
        machines_used -> BigInt,
        starts_at -> BigInt,
        first_activated_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        term_anchor -> Nullable<BigInt>,
        term_period -> Nullable<Text>,
        term_periods -> BigInt,
        maintenance_until -> Nullable<BigInt>,
        modules -> Text,
        note -> Text,
        issued_by -> Text,
        issued_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        revision -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    machines (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        license_id -> Text,
        fingerprint -> Text,
        components -> Text,
        name -> Text,
        platform -> Text,
        app_version -> Text,
        user_name -> Nullable<Text>,
        site -> Nullable<Text>,
        state -> Text,
        state_reason -> Nullable<Text>,
        arrived_by -> Text,
        token_hash -> Text,
        activated_at -> BigInt,
        deactivated_at -> Nullable<BigInt>,
        last_seen_at -> BigInt,
        lease_until -> BigInt,
        online_until -> BigInt,
        computer_key_seq -> BigInt,
        license_revision -> BigInt,
        computer_key_kid -> Text,
        computer_key_held -> Nullable<BigInt>,
        cpu_percent -> Nullable<BigInt>,
        memory_percent -> Nullable<BigInt>,
        disk_percent -> Nullable<BigInt>,
        source_address -> Text,
        clone_suspected_at -> Nullable<BigInt>,
        clone_reason -> Nullable<Text>,
        version -> BigInt,
        watched_until -> Nullable<BigInt>,
        online_since -> Nullable<BigInt>,
    }
}

diesel::table! {
    renewal_keys (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        product_id -> Text,
        plan_id -> Nullable<Text>,
        node_id -> Text,
        key_lookup -> Text,
        key_sealed -> Text,
        key_hint -> Text,
        period -> Text,
        state -> Text,
        used_by_license_id -> Nullable<Text>,
        used_at -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    meters (tenant_id, license_id, name) {
        tenant_id -> Text,
        license_id -> Text,
        name -> Text,
        used -> BigInt,
        window_start -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    quotas (tenant_id, node_id, product_id) {
        tenant_id -> Text,
        node_id -> Text,
        product_id -> Text,
        total -> BigInt,
        used -> BigInt,
        delegated -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    prices (tenant_id, node_id, subject_id) {
        tenant_id -> Text,
        node_id -> Text,
        subject_id -> Text,
        kind -> Text,
        price_minor -> BigInt,
        currency -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    license_sales (tenant_id, license_id) {
        tenant_id -> Text,
        license_id -> Text,
        plan_id -> Nullable<Text>,
        price_minor -> Nullable<BigInt>,
        discount_bp -> BigInt,
        currency -> Nullable<Text>,
        quota_node_id -> Nullable<Text>,
        converted_from -> Nullable<Text>,
        converted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    batch_sales (tenant_id, batch_id) {
        tenant_id -> Text,
        batch_id -> Text,
        product_id -> Text,
        plan_id -> Nullable<Text>,
        price_minor -> Nullable<BigInt>,
        discount_bp -> BigInt,
        currency -> Nullable<Text>,
        quota_node_id -> Nullable<Text>,
        outstanding -> BigInt,
    }
}

diesel::table! {
    audit_entries (tenant_id, seq) {
        tenant_id -> Text,
        seq -> BigInt,
        at -> BigInt,
        actor -> Text,
        source_address -> Text,
        request_id -> Text,
        action -> Text,
        target -> Text,
        before_state -> Text,
        after_state -> Text,
        previous_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    audit_heads (tenant_id) {
        tenant_id -> Text,
        seq -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    events (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        kind -> Text,
        subject -> Text,
        data -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    jobs (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        kind -> Text,
        payload -> Text,
        state -> Text,
        run_at -> BigInt,
        attempts -> BigInt,
        claimed_by -> Nullable<Text>,
        claimed_until -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency_keys (tenant_id, caller, idempotency_key) {
        tenant_id -> Text,
        caller -> Text,
        idempotency_key -> Text,
        body_hash -> Text,
        state -> Text,
        status -> Nullable<BigInt>,
        answer_sealed -> Nullable<Text>,
        created_at -> BigInt,
        claimed_until -> BigInt,
    }
}

diesel::table! {
    seat_pools (tenant_id, license_id) {
        tenant_id -> Text,
        license_id -> Text,
        seats_used -> BigInt,
        users_used -> BigInt,
        sweep_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    seats (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        license_id -> Text,
        machine_id -> Text,
        instance -> Text,
        slot -> Nullable<Text>,
        user_name -> Nullable<Text>,
        state -> Text,
        taken_at -> BigInt,
        kept_at -> BigInt,
        lease_until -> BigInt,
        borrowed_until -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    license_users (tenant_id, license_id, user_key) {
        tenant_id -> Text,
        license_id -> Text,
        user_key -> Text,
        name -> Text,
        added_by -> Text,
        added_at -> BigInt,
    }
}

diesel::table! {
    deactivations (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        license_id -> Text,
        machine_id -> Text,
        reason -> Text,
        counted -> Bool,
        deactivated_at -> BigInt,
    }
}

diesel::table! {
    machine_contacts (tenant_id, machine_id) {
        tenant_id -> Text,
        machine_id -> Text,
        previous_address -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    revocation_heads (tenant_id, product_id) {
        tenant_id -> Text,
        product_id -> Text,
        seq -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    revocations (tenant_id, product_id, subject_id) {
        tenant_id -> Text,
        product_id -> Text,
        subject_id -> Text,
        digest -> Text,
        listed_at -> BigInt,
    }
}

diesel::table! {
    customers (tenant_id, node_id) {
        tenant_id -> Text,
        node_id -> Text,
        person -> Text,
        legal_name -> Text,
        tax_id_kind -> Text,
        tax_id -> Nullable<Text>,
        phone -> Text,
        status -> Text,
        status_reason -> Nullable<Text>,
        tier -> Text,
        multi_site -> Bool,
        multi_user -> Bool,
        notes -> Text,
        email -> Nullable<Text>,
        registered_email -> Nullable<Text>,
        registration_ref -> Nullable<Text>,
        search_text -> Text,
        validated_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        postal_address -> Nullable<Text>,
    }
}

diesel::table! {
    contacts (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        name -> Text,
        email -> Nullable<Text>,
        phone -> Text,
        purpose -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    sites (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        name -> Text,
        address -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    registration_rules (tenant_id, product_id) {
        tenant_id -> Text,
        product_id -> Text,
        mode -> Text,
        policy_id -> Nullable<Text>,
        node_id -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    registrations (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        product_id -> Text,
        fingerprint -> Text,
        components -> Text,
        name -> Text,
        platform -> Text,
        app_version -> Text,
        site -> Nullable<Text>,
        user_name -> Nullable<Text>,
        applicant_name -> Text,
        applicant_email -> Nullable<Text>,
        applicant_company -> Text,
        applicant_message -> Text,
        email_domain -> Nullable<Text>,
        domain_slot -> Nullable<BigInt>,
        node_id -> Text,
        state -> Text,
        state_reason -> Nullable<Text>,
        license_id -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        source_address -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        blocked_machine -> Bool,
        machine_id -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    trials (tenant_id, product_id, fingerprint_digest) {
        tenant_id -> Text,
        product_id -> Text,
        fingerprint_digest -> Text,
        license_id -> Text,
        email_domain -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    trial_parts (tenant_id, product_id, part_digest, fingerprint_digest) {
        tenant_id -> Text,
        product_id -> Text,
        part_digest -> Text,
        fingerprint_digest -> Text,
        name -> Text,
    }
}

diesel::table! {
    notices (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        kind -> Text,
        subject_id -> Text,
        payload -> Text,
        created_at -> BigInt,
        read_at -> Nullable<BigInt>,
        read_by -> Nullable<Text>,
    }
}

diesel::table! {
    transfers (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        license_id -> Text,
        kind -> Text,
        from_node_id -> Nullable<Text>,
        to_node_id -> Nullable<Text>,
        from_machine_id -> Nullable<Text>,
        to_machine_id -> Nullable<Text>,
        machines_released -> BigInt,
        reason -> Nullable<Text>,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    machine_activations (tenant_id, machine_id) {
        tenant_id -> Text,
        machine_id -> Text,
        seq -> BigInt,
        nonce -> Nullable<Text>,
    }
}

diesel::table! {
    machine_metrics (tenant_id, machine_id, resolution, bucket_at) {
        tenant_id -> Text,
        machine_id -> Text,
        resolution -> Text,
        bucket_at -> BigInt,
        samples -> BigInt,
        cpu_count -> BigInt,
        cpu_sum -> BigInt,
        cpu_min -> Nullable<BigInt>,
        cpu_max -> Nullable<BigInt>,
        memory_count -> BigInt,
        memory_sum -> BigInt,
        memory_min -> Nullable<BigInt>,
        memory_max -> Nullable<BigInt>,
        disk_count -> BigInt,
        disk_sum -> BigInt,
        disk_min -> Nullable<BigInt>,
        disk_max -> Nullable<BigInt>,
    }
}

diesel::table! {
    rounds (name) {
        name -> Text,
        due_at -> BigInt,
    }
}

diesel::table! {
    plugin_publishers (fingerprint) {
        fingerprint -> Text,
        name -> Text,
        public_key -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    plugins (id) {
        id -> Text,
        name -> Text,
        plugin_version -> Text,
        digest -> Text,
        size_bytes -> BigInt,
        manifest -> Text,
        description -> Text,
        publisher -> Nullable<Text>,
        grants -> Nullable<Text>,
        installed_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    plugin_pieces (plugin_id, piece) {
        plugin_id -> Text,
        piece -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    plugin_offers (tenant_id, name) {
        tenant_id -> Text,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    payment_accounts (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        name -> Text,
        plugin -> Text,
        plugin_version -> Text,
        environment -> Text,
        config -> Text,
        secrets_sealed -> Nullable<Text>,
        secret_names -> Text,
        state -> Text,
        late_policy -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        first_title -> Nullable<BigInt>,
    }
}

diesel::table! {
    credit_limits (tenant_id, node_id) {
        tenant_id -> Text,
        node_id -> Text,
        currency -> Text,
        limit_minor -> BigInt,
        used_minor -> BigInt,
        days -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    orders (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        state -> Text,
        terms -> Text,
        currency -> Text,
        price_minor -> BigInt,
        discount_bp -> BigInt,
        taken_off_minor -> BigInt,
        total_minor -> BigInt,
        due_at -> Nullable<BigInt>,
        credit_node_id -> Nullable<Text>,
        credit_minor -> BigInt,
        narrowed -> Text,
        created_by -> Text,
        created_at -> BigInt,
        paid_at -> Nullable<BigInt>,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    order_lines (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        order_id -> Text,
        position -> BigInt,
        kind -> Text,
        state -> Text,
        state_reason -> Nullable<Text>,
        product_id -> Text,
        license_id -> Nullable<Text>,
        plan_id -> Nullable<Text>,
        modules -> Text,
        quantity -> BigInt,
        unit_minor -> BigInt,
        description -> Text,
        expires_before -> Nullable<BigInt>,
        expires_after -> Nullable<BigInt>,
        done -> Nullable<Text>,
    }
}

diesel::table! {
    charges (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        order_id -> Text,
        account_id -> Text,
        method -> Text,
        state -> Text,
        currency -> Text,
        requested_minor -> BigInt,
        surcharge_most_minor -> BigInt,
        discount_most_minor -> BigInt,
        authorized_minor -> BigInt,
        captured_minor -> BigInt,
        refunded_minor -> BigInt,
        lost_minor -> BigInt,
        fees_minor -> BigInt,
        earned_minor -> BigInt,
        surcharge_minor -> BigInt,
        owed -> Bool,
        ask -> Text,
        action -> Nullable<Text>,
        decline -> Nullable<Text>,
        raw_status -> Text,
        expires_at -> Nullable<BigInt>,
        poll_at -> Nullable<BigInt>,
        paid_at -> Nullable<BigInt>,
        last_event_at -> Nullable<BigInt>,
        quarantine -> Nullable<Text>,
        asked -> BigInt,
        created_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    charge_attempts (tenant_id, charge_id, number) {
        tenant_id -> Text,
        charge_id -> Text,
        number -> BigInt,
        operation -> Text,
        refund_id -> Nullable<Text>,
        idempotency_key -> Text,
        state -> Text,
        tries -> BigInt,
        fault -> Nullable<Text>,
        prepared_at -> BigInt,
        dispatched_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        plugin_version -> Nullable<Text>,
    }
}

diesel::table! {
    charge_refs (tenant_id, account_id, kind, value) {
        tenant_id -> Text,
        account_id -> Text,
        kind -> Text,
        value -> Text,
        charge_id -> Text,
        subject_id -> Text,
    }
}

diesel::table! {
    charge_history (tenant_id, charge_id, position) {
        tenant_id -> Text,
        charge_id -> Text,
        position -> BigInt,
        from_state -> Text,
        to_state -> Text,
        verdict -> Text,
        told_by -> Text,
        captured_minor -> BigInt,
        refunded_minor -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    refunds (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        charge_id -> Text,
        state -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        reason -> Text,
        decline -> Nullable<Text>,
        raw_status -> Text,
        created_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    disputes (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        charge_id -> Text,
        state -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        reason -> Text,
        evidence_due -> Nullable<BigInt>,
        opened_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    inbound_webhooks (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        account_id -> Text,
        event_id -> Text,
        request -> Text,
        state -> Text,
        received_at -> BigInt,
        applied_at -> Nullable<BigInt>,
        plugin_version -> Nullable<Text>,
    }
}

diesel::table! {
    inbound_bodies (tenant_id, webhook_id, part) {
        tenant_id -> Text,
        webhook_id -> Text,
        part -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    payment_events (tenant_id, account_id, event_id) {
        tenant_id -> Text,
        account_id -> Text,
        event_id -> Text,
        charge_id -> Nullable<Text>,
        outcome -> Text,
        occurred_at -> Nullable<BigInt>,
        at -> BigInt,
    }
}

diesel::table! {
    charge_effects (tenant_id, order_line_id, effect, round) {
        tenant_id -> Text,
        order_line_id -> Text,
        effect -> Text,
        round -> BigInt,
        charge_id -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    ledger_transactions (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        order_id -> Text,
        charge_id -> Nullable<Text>,
        cause -> Text,
        currency -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    ledger_entries (tenant_id, transaction_id, position) {
        tenant_id -> Text,
        transaction_id -> Text,
        position -> BigInt,
        account -> Text,
        holder -> Text,
        amount_minor -> BigInt,
    }
}

diesel::table! {
    commission_rules (tenant_id, node_id) {
        tenant_id -> Text,
        node_id -> Text,
        share_bp -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    commissions (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        node_id -> Text,
        charge_id -> Text,
        order_id -> Text,
        share_bp -> BigInt,
        base_minor -> BigInt,
        earned_minor -> BigInt,
        peak_minor -> BigInt,
        currency -> Text,
        earned_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    plugin_memory (tenant_id, account_id, name) {
        tenant_id -> Text,
        account_id -> Text,
        name -> Text,
        value -> Text,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    plugin_requests (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        account_id -> Text,
        idempotency_key -> Text,
        method -> Text,
        host -> Text,
        path -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    counters (tenant_id, kind, period) {
        tenant_id -> Text,
        kind -> Text,
        period -> Text,
        last_number -> BigInt,
    }
}

diesel::table! {
    invoices (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        kind -> Text,
        period -> Text,
        number -> BigInt,
        order_id -> Text,
        charge_id -> Text,
        content -> Text,
        issued_at -> BigInt,
    }
}

diesel::table! {
    order_invoices (tenant_id, order_id) {
        tenant_id -> Text,
        order_id -> Text,
        period -> Text,
        number -> BigInt,
        content -> Text,
        issued_at -> BigInt,
    }
}

diesel::table! {
    fiscal_documents (tenant_id, invoice_id) {
        tenant_id -> Text,
        invoice_id -> Text,
        kind -> Text,
        number -> Text,
        series -> Nullable<Text>,
        access_key -> Nullable<Text>,
        protocol -> Nullable<Text>,
        issued_at -> BigInt,
        url -> Nullable<Text>,
        status -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    return_files (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        account_id -> Text,
        digest -> Text,
        size_bytes -> BigInt,
        plugin_version -> Text,
        received_by -> Text,
        received_at -> BigInt,
    }
}

diesel::table! {
    return_file_parts (tenant_id, file_id, part) {
        tenant_id -> Text,
        file_id -> Text,
        part -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    return_lines (tenant_id, file_id, position) {
        tenant_id -> Text,
        file_id -> Text,
        position -> BigInt,
        event -> Text,
        outcome -> Text,
        charge_id -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    quarantined_reports (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        charge_id -> Text,
        digest -> Text,
        reason -> Text,
        report -> Text,
        told_by -> Text,
        state -> Text,
        told_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    remittances (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        account_id -> Text,
        sequence -> BigInt,
        name -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    remittance_parts (tenant_id, remittance_id, part) {
        tenant_id -> Text,
        remittance_id -> Text,
        part -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    remittance_entries (tenant_id, charge_id) {
        tenant_id -> Text,
        charge_id -> Text,
        remittance_id -> Text,
    }
}

diesel::table! {
    mandates (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        license_id -> Text,
        open_license_id -> Nullable<Text>,
        node_id -> Text,
        account_id -> Text,
        plan_id -> Text,
        method -> Text,
        plugin_version -> Text,
        state -> Text,
        currency -> Text,
        amount_minor -> BigInt,
        ask -> Text,
        request -> Text,
        tries -> BigInt,
        sent_at -> Nullable<BigInt>,
        first_charge_id -> Nullable<Text>,
        lead_first -> Nullable<BigInt>,
        lead_last -> Nullable<BigInt>,
        action -> Nullable<Text>,
        reason -> Nullable<Text>,
        ending -> Nullable<Text>,
        asked -> BigInt,
        raw_status -> Text,
        next_at -> Nullable<BigInt>,
        poll_at -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    mandate_refs (tenant_id, mandate_id, kind) {
        tenant_id -> Text,
        mandate_id -> Text,
        kind -> Text,
        account_id -> Text,
        value -> Text,
    }
}

diesel::table! {
    mandate_renewals (tenant_id, license_id, ends_at) {
        tenant_id -> Text,
        license_id -> Text,
        ends_at -> BigInt,
        mandate_id -> Text,
        order_id -> Text,
        state -> Text,
        failures -> BigInt,
        next_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    mandate_charges (tenant_id, charge_id) {
        tenant_id -> Text,
        charge_id -> Text,
        mandate_id -> Text,
        license_id -> Text,
        ends_at -> BigInt,
    }
}

diesel::table! {
    shop_accounts (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        name -> Text,
        kind -> Text,
        node_id -> Text,
        state -> Text,
        webhook_id -> Text,
        certificate_host -> Text,
        secret_sealed -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    shop_skus (tenant_id, account_id, sku) {
        tenant_id -> Text,
        account_id -> Text,
        sku -> Text,
        plan_id -> Text,
        least_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    shop_webhooks (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        account_id -> Text,
        digest -> Text,
        state -> Text,
        fault -> Nullable<Text>,
        received_at -> BigInt,
        applied_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    shop_bodies (tenant_id, webhook_id, part) {
        tenant_id -> Text,
        webhook_id -> Text,
        part -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    shop_orders (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        account_id -> Text,
        reference -> Text,
        facts -> Text,
        node_id -> Nullable<Text>,
        held -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    shop_order_refs (tenant_id, account_id, value) {
        tenant_id -> Text,
        account_id -> Text,
        value -> Text,
        order_id -> Text,
    }
}

diesel::table! {
    shop_units (tenant_id, order_id, line, unit) {
        tenant_id -> Text,
        order_id -> Text,
        line -> BigInt,
        unit -> BigInt,
        sku -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        license_id -> Nullable<Text>,
    }
}

diesel::table! {
    mails (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        recipient -> Text,
        locale -> Text,
        content -> Text,
        state -> Text,
        tries -> BigInt,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
        sent_at -> Nullable<BigInt>,
        node_id -> Nullable<Text>,
    }
}

diesel::table! {
    known_browsers (tenant_id, member_id, mark) {
        tenant_id -> Text,
        member_id -> Text,
        mark -> Text,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    reminders (tenant_id, license_id, ends_at, offset_days) {
        tenant_id -> Text,
        license_id -> Text,
        ends_at -> BigInt,
        offset_days -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    brands (tenant_id, node_id) {
        tenant_id -> Text,
        node_id -> Text,
        version -> BigInt,
        published_version -> BigInt,
        published_at -> Nullable<BigInt>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    brand_values (tenant_id, node_id, stage, part) {
        tenant_id -> Text,
        node_id -> Text,
        stage -> Text,
        part -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    brand_files (tenant_id, node_id, digest, part) {
        tenant_id -> Text,
        node_id -> Text,
        digest -> Text,
        part -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    saved_views (tenant_id, id) {
        tenant_id -> Text,
        id -> Text,
        owner_id -> Text,
        node_id -> Text,
        list_name -> Text,
        name -> Text,
        filters -> Text,
        shared -> Bool,
        pinned -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    hosts,
    nodes,
    profiles,
    members,
    sessions,
    refresh_tokens,
    api_keys,
    token_keys,
    products,
    product_versions,
    modules,
    signing_keys,
    offers,
    policies,
    plans,
    releases,
    batches,
    licenses,
    machines,
    renewal_keys,
    meters,
    quotas,
    prices,
    license_sales,
    batch_sales,
    audit_entries,
    audit_heads,
    events,
    jobs,
    idempotency_keys,
    seat_pools,
    seats,
    license_users,
    deactivations,
    machine_contacts,
    revocation_heads,
    revocations,
    customers,
    contacts,
    sites,
    registration_rules,
    registrations,
    trials,
    trial_parts,
    notices,
    transfers,
    machine_activations,
    machine_metrics,
    rounds,
    plugin_publishers,
    plugins,
    plugin_pieces,
    plugin_offers,
    payment_accounts,
    credit_limits,
    orders,
    order_lines,
    charges,
    charge_attempts,
    charge_refs,
    charge_history,
    refunds,
    disputes,
    inbound_webhooks,
    inbound_bodies,
    payment_events,
    charge_effects,
    ledger_transactions,
    ledger_entries,
    commission_rules,
    commissions,
    plugin_memory,
    plugin_requests,
    counters,
    invoices,
    order_invoices,
    fiscal_documents,
    return_files,
    return_file_parts,
    return_lines,
    quarantined_reports,
    remittances,
    remittance_parts,
    remittance_entries,
    mandates,
    mandate_refs,
    mandate_renewals,
    mandate_charges,
    shop_accounts,
    shop_skus,
    shop_webhooks,
    shop_bodies,
    shop_orders,
    shop_order_refs,
    shop_units,
    mails,
    reminders,
    brands,
    brand_values,
    brand_files,
    saved_views,
);
