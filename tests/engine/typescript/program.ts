// What a user of sdk/nodejs does, in the folder that is named: `up`, `up` again, and then `destroy` or nothing.
// Prints, as JSON, what the engine counted and what the stack gives out.

import { LocalWorkspace } from "@pulumi/pulumi/automation";
import * as emailauth from "../../../sdk/nodejs";

async function program() {
    const posture = new emailauth.Posture("mail", {
        spec: {
            version: 1,
            dns_host: { zonefile: { zones: { "example.com": "example.com.zone" } } },
            domains: {
                "example.com": {
                    spf: { allow: ["mx"], otherwise: "fail" },
                    dmarc: { policy: "quarantine", aggregate_reports: ["mailto:dmarc@example.com"] },
                },
            },
        },
    });
    const reports = new emailauth.Record(
        "reports",
        {
            domain: "example.com",
            kind: "tls_rpt",
            name: "_smtp._tls.example.com",
            type: "TXT",
            values: ["v=TLSRPTv1; rua=mailto:tls@example.com"],
            dnsHost: { zonefile: { zones: { "example.com": "example.com.zone" } } },
        },
        { dependsOn: posture },
    );
    return { domains: posture.domains, id: reports.id, zone: reports.zone };
}

async function main(folder: string): Promise<void> {
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: "test", projectName: "mail", program }, { workDir: folder });
    const up = await stack.up();
    const again = await stack.up({ expectNoChanges: true });
    console.log(
        JSON.stringify({
            up: up.summary.resourceChanges,
            again: again.summary.resourceChanges,
            outputs: Object.fromEntries(Object.entries(up.outputs).map(([name, output]) => [name, output.value])),
        }),
    );
}

main(process.argv[2]).catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
