import * as vscode from "vscode";
import { CancelledError } from "../../runtime/errors";
import type { DeviceChoice, DeviceInfo } from "../../runtime/protocol";
import type { Workbench } from "../workbench";

interface DeviceItem extends vscode.QuickPickItem {
  readonly device: DeviceChoice;
}

/** Lists what models can run on here and why not elsewhere; choosing one writes it to the settings. */
export async function showDevices(workbench: Workbench): Promise<void> {
  const picker = vscode.window.createQuickPick<DeviceItem>();
  const controller = new AbortController();
  picker.title = vscode.l10n.t("Devices");
  picker.placeholder = vscode.l10n.t("Probing the devices…");
  picker.busy = true;
  picker.ignoreFocusOut = true; // probing takes seconds
  const chosen = new Promise<DeviceItem | undefined>((resolve) => {
    picker.onDidAccept(() => resolve(picker.activeItems[0]));
    picker.onDidHide(() => {
      controller.abort();
      resolve(undefined);
    });
  });
  picker.show();
  try {
    const devices = await workbench.models.devices(controller.signal);
    for (const device of devices) workbench.log.info(describe(device));
    picker.items = items(devices, configured(workbench));
    picker.placeholder = vscode.l10n.t("Choose the device to run models on");
    picker.busy = false;
    const item = await chosen;
    if (item) await workbench.settings.update("device", item.device);
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  } finally {
    picker.dispose();
  }
}

function configured({ settings }: Workbench): DeviceChoice | undefined {
  const resolved = settings.resolve();
  return resolved.kind === "ok" ? resolved.config.device : undefined;
}

function items(devices: readonly DeviceInfo[], current: DeviceChoice | undefined): DeviceItem[] {
  const inUse = (device: DeviceChoice) => (device === current ? { description: vscode.l10n.t("in the settings") } : {});
  const automatic: DeviceItem = {
    device: "auto",
    label: "$(sparkle) auto",
    detail: vscode.l10n.t("The first device that works"),
    ...inUse("auto"),
  };
  return [
    automatic,
    ...devices.map(({ device, available, reason }) => ({
      device,
      label: `$(${available ? "check" : "circle-slash"}) ${device}`,
      detail: reason,
      ...inUse(device),
    })),
  ];
}

function describe({ device, available, reason }: DeviceInfo): string {
  return `Device ${device}: ${available ? "available" : "not available"} (${reason}).`;
}
