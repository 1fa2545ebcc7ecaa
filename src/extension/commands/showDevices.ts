import { basename } from "node:path";
import * as vscode from "vscode";
import { CancelledError } from "../../runtime/errors";
import type { DeviceChoice, DeviceInfo } from "../../runtime/protocol";
import { deviceItems } from "../views/deviceItems";
import type { Workbench } from "../workbench";
import type { CommandId } from "./commandIds";
import { tellFailure } from "./loadModel";

interface DeviceItem extends vscode.QuickPickItem {
  readonly device: DeviceChoice;
}

/** What the user wants of the list. */
type Answer =
  | { readonly kind: "all" | "model"; readonly device: DeviceChoice }
  | { readonly kind: "again" }
  | { readonly kind: "cuda" }
  | { readonly kind: "nothing" };

/** Lists what models can run on here and why not elsewhere; choosing one writes it to the settings. */
export async function showDevices(workbench: Workbench): Promise<void> {
  let answer: Answer = { kind: "again" };
  for (let refresh = false; answer.kind === "again"; refresh = true) answer = await ask(workbench, refresh);
  switch (answer.kind) {
    case "all":
      return workbench.settings.update("device", answer.device);
    case "model":
      return updateModelDevice(workbench, answer.device);
    case "cuda":
      await vscode.commands.executeCommand("gptWorkbench.getCuda" satisfies CommandId);
      return;
    case "nothing":
      return;
    default:
      answer satisfies never;
  }
}

/** Opens the page that tells how to get CUDA. */
export async function getCuda({ extensionUri }: Workbench): Promise<void> {
  const page = vscode.Uri.joinPath(extensionUri, "media", "walkthrough", "cuda.md");
  await vscode.commands.executeCommand("markdown.showPreview", page);
}

async function ask(workbench: Workbench, refresh: boolean): Promise<Answer> {
  const picker = vscode.window.createQuickPick<DeviceItem>();
  const controller = new AbortController();
  const again = { iconPath: new vscode.ThemeIcon("refresh"), tooltip: vscode.l10n.t("Probe Again") };
  const cuda = { iconPath: new vscode.ThemeIcon("question"), tooltip: vscode.l10n.t("How to Get CUDA") };
  picker.title = vscode.l10n.t("Devices");
  picker.placeholder = vscode.l10n.t("Probing the devices…");
  picker.busy = true;
  picker.ignoreFocusOut = true; // probing takes seconds
  picker.buttons = [again, cuda];
  const answered = new Promise<Answer>((resolve) => {
    picker.onDidAccept(() => {
      const device = picker.activeItems[0]?.device;
      if (device) resolve({ kind: "all", device });
    });
    picker.onDidTriggerButton((button) => resolve({ kind: button === again ? "again" : "cuda" }));
    picker.onDidTriggerItemButton(({ item: { device } }) => resolve({ kind: "model", device }));
    picker.onDidHide(() => {
      controller.abort();
      resolve({ kind: "nothing" });
    });
  });
  picker.show();
  try {
    const devices = await Promise.race([workbench.models.devices({ refresh }, controller.signal), answered]);
    if ("kind" in devices) return devices;
    list(workbench, picker, devices);
    return await answered;
  } catch (error) {
    if (!(error instanceof CancelledError)) tellFailure(workbench, error);
    return { kind: "nothing" };
  } finally {
    picker.dispose();
  }
}

function list(workbench: Workbench, picker: vscode.QuickPick<DeviceItem>, devices: readonly DeviceInfo[]): void {
  const resolved = workbench.settings.resolve();
  const settings = resolved.kind === "ok" ? { all: resolved.config.device, model: resolved.model } : undefined;
  const name = settings ? basename(settings.model.folder) : "";
  const own = { iconPath: new vscode.ThemeIcon("pin"), tooltip: vscode.l10n.t("Use for {0} only", name) };
  for (const { device, available, reason } of devices)
    workbench.log.info(`Device ${device}: ${available ? "available" : "not available"} (${reason}).`);
  picker.items = deviceItems(devices, settings).map((item) => ({ ...item, buttons: settings ? [own] : [] }));
  picker.placeholder = vscode.l10n.t("Choose the device to run models on");
  picker.busy = false;
}

/** Adds the model to the setting of single models' devices, by its name. */
async function updateModelDevice({ settings }: Workbench, device: DeviceChoice): Promise<void> {
  const resolved = settings.resolve();
  if (resolved.kind === "invalid") return;
  const name = basename(resolved.model.folder);
  await settings.update("modelDevices", { ...resolved.config.modelDevices, [name]: device });
}
