//! The contract's types and functions as Rust, made from `plugins/wit/payment.wit`.
//!
//! Each optional interface has a world of its own, so that a component's type is put together from
//! those that it exports.

wit_bindgen::generate!({
    path: "../wit",
    world: "payment-plugin",
    additional_derives: [PartialEq, Eq],
    pub_export_macro: true,
    export_macro_name: "__export_plugin",
    default_bindings_module: "alvara_plugin_sdk::bindings",
    generate_all,
});

/// `captures`.
pub mod captures {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package alvara:plugin-captures;
            world captures { export alvara:payment/captures@1.0.0; }",
        world: "alvara:plugin-captures/captures",
        with: { "alvara:payment/types@1.0.0": crate::bindings::alvara::payment::types },
        type_section_suffix: "captures",
        pub_export_macro: true,
        export_macro_name: "__export_captures",
        default_bindings_module: "alvara_plugin_sdk::bindings::captures",
    });
}

/// `refunds`.
pub mod refunds {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package alvara:plugin-refunds;
            world refunds { export alvara:payment/refunds@1.0.0; }",
        world: "alvara:plugin-refunds/refunds",
        with: { "alvara:payment/types@1.0.0": crate::bindings::alvara::payment::types },
        type_section_suffix: "refunds",
        pub_export_macro: true,
        export_macro_name: "__export_refunds",
        default_bindings_module: "alvara_plugin_sdk::bindings::refunds",
    });
}

/// `mandates`.
pub mod mandates {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package alvara:plugin-mandates;
            world mandates { export alvara:payment/mandates@1.0.0; }",
        world: "alvara:plugin-mandates/mandates",
        with: { "alvara:payment/types@1.0.0": crate::bindings::alvara::payment::types },
        type_section_suffix: "mandates",
        pub_export_macro: true,
        export_macro_name: "__export_mandates",
        default_bindings_module: "alvara_plugin_sdk::bindings::mandates",
    });
}

/// `batch-files`.
pub mod batch {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package alvara:plugin-batch-files;
            world batch-files { export alvara:payment/batch-files@1.0.0; }",
        world: "alvara:plugin-batch-files/batch-files",
        with: { "alvara:payment/types@1.0.0": crate::bindings::alvara::payment::types },
        additional_derives: [PartialEq, Eq],
        type_section_suffix: "batch-files",
        pub_export_macro: true,
        export_macro_name: "__export_batch_files",
        default_bindings_module: "alvara_plugin_sdk::bindings::batch",
    });
}
