/** The list of devices, in words. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { DeviceChoice, DeviceInfo, ModelReference } from "../../runtime/protocol";

/** A row of the list. */
export interface DeviceRow {
  readonly device: DeviceChoice;
  /** With a codicon. */
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** What the settings say: the device of all models, and the model in use with its own; undefined when they cannot be used. */
export interface DeviceSettings {
  readonly all: DeviceChoice;
  readonly model: ModelReference;
}

/** `auto` first, then every device with why it can be used or not. */
export function deviceItems(devices: readonly DeviceInfo[], settings: DeviceSettings | undefined): DeviceRow[] {
  const automatic = devices.find((info) => info.automatic)?.device;
  const note = (device: DeviceChoice) => noteOf(device, settings);
  return [
    {
      device: "auto",
      label: "$(sparkle) auto",
      description: note("auto"),
      detail: automatic ? l10n.t("The fastest device that works: here {0}", automatic) : l10n.t("The CPU"),
    },
    ...devices.map(({ device, available, reason }) => ({
      device,
      label: `$(${available ? "check" : "circle-slash"}) ${device}`,
      description: note(device),
      detail: reason,
    })),
  ];
}

function noteOf(device: DeviceChoice, settings: DeviceSettings | undefined): string {
  if (!settings) return "";
  const name = settings.model.folder.split(/[\\/]/).findLast((part) => part !== "") ?? "";
  const notes = [
    ...(device === settings.all ? [l10n.t("in the settings")] : []),
    ...(device === settings.model.device && device !== settings.all ? [l10n.t("for {0}", name)] : []),
  ];
  return notes.join(", ");
}
