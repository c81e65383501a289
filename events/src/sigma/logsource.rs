//! Where the records of a rule are: `logsource` to channels and kinds of events.
//!
//! The channels are those of the Sigma taxonomy appendix and the public Windows mappings of pySigma; the numbers of events are
//! those of Sysmon's and of the auditing's documentation.

use super::yaml::{Content, Node};

/// Where records of a rule can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The names of the logs; any where there is none.
    pub(crate) channels: Vec<&'static str>,
    /// The kinds of events; any where there is none.
    pub(crate) event_ids: Vec<u32>,
    /// Fields that have another name there than in rules.
    pub(crate) renamed: &'static [(&'static str, &'static str)],
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const POWERSHELL: [&str; 2] = [
    "Microsoft-Windows-PowerShell/Operational",
    "PowerShellCore/Operational",
];
const POWERSHELL_CLASSIC: &str = "Windows PowerShell";

/// What the audit of process creation calls the fields of rules.
const AUDITED_PROCESS: &[(&str, &str)] = &[
    ("Image", "NewProcessName"),
    ("LogonId", "SubjectLogonId"),
    ("ParentImage", "ParentProcessName"),
];

/// Categories that Sysmon records.
const OF_SYSMON: [(&str, &[u32]); 28] = [
    ("clipboard_capture", &[24]),
    ("create_remote_thread", &[8]),
    ("create_stream_hash", &[15]),
    ("dns_query", &[22]),
    ("driver_load", &[6]),
    ("file_block_executable", &[27]),
    ("file_block_shredding", &[28]),
    ("file_change", &[2]),
    ("file_delete", &[23, 26]),
    ("file_delete_detected", &[26]),
    ("file_event", &[11]),
    ("file_executable_detected", &[29]),
    ("image_load", &[7]),
    ("network_connection", &[3]),
    ("pipe_created", &[17, 18]),
    ("process_access", &[10]),
    ("process_creation", &[1]),
    ("process_tampering", &[25]),
    ("process_termination", &[5]),
    ("raw_access_thread", &[9]),
    ("registry_add", &[12]),
    ("registry_delete", &[12]),
    ("registry_event", &[12, 13, 14]),
    ("registry_rename", &[14]),
    ("registry_set", &[13]),
    ("sysmon_error", &[255]),
    ("sysmon_status", &[4, 16]),
    ("wmi_event", &[19, 20, 21]),
];

/// Categories that PowerShell records.
const OF_POWERSHELL: [(&str, &[&str], u32); 5] = [
    ("ps_classic_provider_start", &[POWERSHELL_CLASSIC], 600),
    ("ps_classic_script", &[POWERSHELL_CLASSIC], 800),
    ("ps_classic_start", &[POWERSHELL_CLASSIC], 400),
    ("ps_module", &POWERSHELL, 4103),
    ("ps_script", &POWERSHELL, 4104),
];

/// Services, which are logs.
const SERVICES: &[(&str, &[&str])] = &[
    ("application", &["Application"]),
    (
        "application-experience",
        &[
            "Microsoft-Windows-Application-Experience/Program-Telemetry",
            "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        ],
    ),
    (
        "applocker",
        &[
            "Microsoft-Windows-AppLocker/MSI and Script",
            "Microsoft-Windows-AppLocker/EXE and DLL",
            "Microsoft-Windows-AppLocker/Packaged app-Deployment",
            "Microsoft-Windows-AppLocker/Packaged app-Execution",
        ],
    ),
    (
        "appmodel-runtime",
        &["Microsoft-Windows-AppModel-Runtime/Admin"],
    ),
    (
        "appxdeployment-server",
        &["Microsoft-Windows-AppXDeploymentServer/Operational"],
    ),
    (
        "appxpackaging-om",
        &["Microsoft-Windows-AppxPackaging/Operational"],
    ),
    (
        "bitlocker",
        &["Microsoft-Windows-BitLocker/BitLocker Management"],
    ),
    (
        "bits-client",
        &["Microsoft-Windows-Bits-Client/Operational"],
    ),
    ("capi2", &["Microsoft-Windows-CAPI2/Operational"]),
    (
        "certificateservicesclient-lifecycle-system",
        &["Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"],
    ),
    (
        "codeintegrity-operational",
        &["Microsoft-Windows-CodeIntegrity/Operational"],
    ),
    ("dhcp", &["Microsoft-Windows-DHCP-Server/Operational"]),
    (
        "diagnosis-scripted",
        &["Microsoft-Windows-Diagnosis-Scripted/Operational"],
    ),
    (
        "dns-client",
        &[
            "Microsoft-Windows-DNS Client Events/Operational",
            // As Windows itself writes it.
            "Microsoft-Windows-DNS-Client/Operational",
        ],
    ),
    ("dns-server", &["DNS Server"]),
    (
        "dns-server-analytic",
        &["Microsoft-Windows-DNS-Server/Analytical"],
    ),
    ("dns-server-audit", &["Microsoft-Windows-DNS-Server/Audit"]),
    (
        "driver-framework",
        &["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
    ),
    (
        "firewall-as",
        &["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
    ),
    (
        "hyper-v-worker",
        &[
            "Microsoft-Windows-Hyper-V-Worker",
            "Microsoft-Windows-Hyper-V-Worker-Admin",
            "Microsoft-Windows-Hyper-V-Worker-Operational",
        ],
    ),
    (
        "iis-configuration",
        &["Microsoft-IIS-Configuration/Operational"],
    ),
    (
        "kernel-event-tracing",
        &[
            "Microsoft-Windows-Kernel-EventTracing",
            "Microsoft-Windows-Kernel-EventTracing/Admin",
        ],
    ),
    (
        "kernel-shimengine",
        &[
            "Microsoft-Windows-Kernel-ShimEngine/Operational",
            "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
        ],
    ),
    ("ldap", &["Microsoft-Windows-LDAP-Client/Debug"]),
    ("ldap_debug", &["Microsoft-Windows-LDAP-Client/Debug"]),
    ("lsa-server", &["Microsoft-Windows-LSA/Operational"]),
    (
        "microsoft-servicebus-client",
        &[
            "Microsoft-ServiceBus-Client/Operational",
            "Microsoft-ServiceBus-Client/Admin",
        ],
    ),
    ("msexchange-management", &["MSExchange Management"]),
    ("ntfs", &["Microsoft-Windows-Ntfs/Operational"]),
    ("ntlm", &["Microsoft-Windows-NTLM/Operational"]),
    ("openssh", &["OpenSSH/Operational"]),
    ("powershell", &POWERSHELL),
    ("powershell-classic", &[POWERSHELL_CLASSIC]),
    (
        "printservice-admin",
        &["Microsoft-Windows-PrintService/Admin"],
    ),
    (
        "printservice-operational",
        &["Microsoft-Windows-PrintService/Operational"],
    ),
    ("security", &["Security"]),
    (
        "security-mitigations",
        &[
            "Microsoft-Windows-Security-Mitigations/Kernel Mode",
            "Microsoft-Windows-Security-Mitigations/User Mode",
        ],
    ),
    ("sense", &["Microsoft-Windows-SENSE/Operational"]),
    (
        "servicebus-client",
        &[
            "Microsoft-ServiceBus-Client/Operational",
            "Microsoft-ServiceBus-Client/Admin",
        ],
    ),
    ("shell-core", &["Microsoft-Windows-Shell-Core/Operational"]),
    (
        "smbclient-connectivity",
        &["Microsoft-Windows-SmbClient/Connectivity"],
    ),
    (
        "smbclient-security",
        &["Microsoft-Windows-SmbClient/Security"],
    ),
    ("smbserver-audit", &["Microsoft-Windows-SMBServer/Audit"]),
    (
        "smbserver-connectivity",
        &["Microsoft-Windows-SMBServer/Connectivity"],
    ),
    (
        "smbserver-operational",
        &["Microsoft-Windows-SMBServer/Operational"],
    ),
    (
        "smbserver-security",
        &["Microsoft-Windows-SMBServer/Security"],
    ),
    ("sysmon", &[SYSMON]),
    ("system", &["System"]),
    (
        "taskscheduler",
        &["Microsoft-Windows-TaskScheduler/Operational"],
    ),
    (
        "terminalservices-localsessionmanager",
        &["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"],
    ),
    (
        "terminalservices-remoteconnectionmanager",
        &["Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"],
    ),
    (
        "vhdmp",
        &[
            "Microsoft-Windows-VHDMP-Operational",
            "Microsoft-Windows-VHDMP/Operational",
        ],
    ),
    (
        "windefend",
        &["Microsoft-Windows-Windows Defender/Operational"],
    ),
    ("winrm", &["Microsoft-Windows-WinRM/Operational"]),
    ("wmi", &["Microsoft-Windows-WMI-Activity/Operational"]),
];

/// Returns the places that a rule's `logsource` means.
pub(super) fn places(logsource: &Node) -> Result<Vec<Place>, String> {
    if !matches!(logsource.content, Content::Map(_)) {
        return Err("'logsource' is not a map".to_owned());
    }
    let part = |key: &str| {
        logsource
            .value(key)
            .and_then(Node::text)
            .map(str::to_lowercase)
    };
    let (product, category, service) = (part("product"), part("category"), part("service"));
    if let Some(product) = &product
        && product != "windows"
    {
        return Err(format!(
            "logs of the product '{product}' are not supported, only Windows event logs"
        ));
    }
    let of_service = service.as_deref().map(of_service).transpose()?;
    let of_category = category.as_deref().map(of_category).transpose()?;
    match (of_category, of_service) {
        (None, None) if product.is_none() => {
            Err("'logsource' names neither product nor category nor service".to_owned())
        }
        (None, None) => Ok(vec![Place::default()]),
        (None, Some(channels)) => Ok(vec![Place {
            channels: channels.to_vec(),
            ..Place::default()
        }]),
        (Some(places), None) => Ok(places),
        (Some(mut places), Some(channels)) => {
            for place in &mut places {
                place.channels.retain(|channel| channels.contains(channel));
            }
            places.retain(|place| !place.channels.is_empty());
            if places.is_empty() {
                return Err("that service does not record that category".to_owned());
            }
            Ok(places)
        }
    }
}

fn of_service(service: &str) -> Result<&'static [&'static str], String> {
    SERVICES
        .iter()
        .find(|(name, _)| *name == service)
        .map(|(_, channels)| *channels)
        .ok_or_else(|| format!("the service '{service}' is not a known Windows event log"))
}

fn of_category(category: &str) -> Result<Vec<Place>, String> {
    if let Some((_, channels, id)) = OF_POWERSHELL.iter().find(|(name, ..)| *name == category) {
        return Ok(vec![Place {
            channels: channels.to_vec(),
            event_ids: vec![*id],
            renamed: &[],
        }]);
    }
    let Some((_, ids)) = OF_SYSMON.iter().find(|(name, _)| *name == category) else {
        return Err(format!(
            "the category '{category}' is in no Windows event log that is supported"
        ));
    };
    let mut places = vec![Place {
        channels: vec![SYSMON],
        event_ids: ids.to_vec(),
        renamed: &[],
    }];
    if category == "process_creation" {
        places.push(Place {
            channels: vec!["Security"],
            event_ids: vec![4688],
            renamed: AUDITED_PROCESS,
        });
    }
    Ok(places)
}
