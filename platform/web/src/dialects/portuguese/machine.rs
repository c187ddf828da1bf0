//! A machine as this dialect shows it.

use alvara_app::machine::history::{Dashboard, Range};
use alvara_domain::id::{LicenseId, MachineId, RegistrationId};
use alvara_domain::machine::{Machine, MachineState};
use alvara_domain::metrics::{Bucket, Spread};
use alvara_domain::registration::Registration;
use alvara_domain::time::UtcTime;
use serde::Serialize;

use super::words::{Tipo, license_status, machine_status};

/// A machine; one that waits for approval has a registration's id, no license and no heartbeat.
#[derive(Serialize)]
pub(super) struct Maquina<I = MachineId, L = LicenseId, T = UtcTime> {
    id: I,
    nome: String,
    fingerprint: String,
    sistema: String,
    versao: String,
    status: &'static str,
    bloqueada: bool,
    online: bool,
    licenca_id: L,
    registrada_em: UtcTime,
    ultimo_heartbeat: T,
}

impl Maquina {
    pub(super) fn of(machine: Machine, now: UtcTime) -> Self {
        Self {
            status: machine_status(machine.state),
            bloqueada: machine.state == MachineState::Blocked,
            online: machine.is_online(now),
            id: machine.id,
            nome: machine.name,
            fingerprint: machine.fingerprint.to_string(),
            sistema: machine.platform,
            versao: machine.app_version,
            licenca_id: machine.license_id,
            registrada_em: machine.activated_at,
            ultimo_heartbeat: machine.last_seen_at,
        }
    }
}

impl Maquina<RegistrationId, Option<LicenseId>, Option<UtcTime>> {
    pub(super) fn waiting(registration: Registration) -> Self {
        Self {
            id: registration.id,
            nome: registration.name,
            fingerprint: registration.fingerprint.to_string(),
            sistema: registration.platform,
            versao: registration.app_version,
            status: "pendente",
            bloqueada: false,
            online: false,
            licenca_id: None,
            registrada_em: registration.created_at,
            ultimo_heartbeat: None,
        }
    }
}

/// The figures it reported last, in percent.
#[derive(Serialize)]
struct Metricas {
    cpu: Option<f64>,
    memoria: Option<f64>,
    disco: Option<f64>,
}

/// What of its license concerns a machine.
#[derive(Serialize)]
struct LicencaDaMaquina {
    id: LicenseId,
    tipo: Tipo,
    status: &'static str,
    expira_em: Option<UtcTime>,
    dias_restantes: Option<i64>,
}

alvara_domain::text_enum! {
    /// `periodo`: how far back the history goes.
    pub enum Periodo {
        /// 24 hours, by five minutes.
        Dia = "dia",
        /// 30 days, by the hour.
        Mes = "mes",
        /// 365 days, by the day.
        Ano = "ano",
    }
}

impl Periodo {
    pub(super) const fn range(self) -> Range {
        match self {
            Self::Dia => Range::Day,
            Self::Mes => Range::Month,
            Self::Ano => Range::Year,
        }
    }
}

/// The mean of what it reported in a stretch of time, in percent.
#[derive(Serialize)]
struct Ponto {
    inicio: UtcTime,
    amostras: i64,
    #[serde(flatten)]
    metricas: Metricas,
}

impl Ponto {
    fn of(bucket: &Bucket) -> Self {
        let mean = |spread: &Spread| spread.mean().map(|hundredths| hundredths / 100.0);
        Self {
            inicio: bucket.at,
            amostras: bucket.samples,
            metricas: Metricas {
                cpu: mean(&bucket.cpu),
                memoria: mean(&bucket.memory),
                disco: mean(&bucket.disk),
            },
        }
    }
}

/// A machine with what it reported, last and before, and its license.
#[derive(Serialize)]
pub(super) struct Painel {
    maquina: Maquina,
    metricas: Metricas,
    /// By time; a stretch without a heartbeat has no point.
    historico: Vec<Ponto>,
    licenca: LicencaDaMaquina,
}

impl Painel {
    pub(super) fn of(dashboard: Dashboard) -> Self {
        let Dashboard {
            machine,
            license,
            series,
            now,
            ..
        } = dashboard;
        let reported = alvara_domain::machine::MachineReport::from(machine.metrics);
        Self {
            historico: series.buckets.iter().map(Ponto::of).collect(),
            maquina: Maquina::of(machine, now),
            metricas: Metricas {
                cpu: reported.cpu_percent,
                memoria: reported.memory_percent,
                disco: reported.disk_percent,
            },
            licenca: LicencaDaMaquina {
                id: license.id,
                tipo: Tipo::of(license.kind),
                status: license_status(&license, now),
                expira_em: license.term.expires_at,
                dias_restantes: license.days_left(now),
            },
        }
    }
}
