/** Kinds of places where a model can run. `auto` takes the first that works. */
export const DEVICES = ['auto', 'cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const;

/** One kind of device, the second of several cards (`cuda:1`), or all of them. */
export type Device = (typeof DEVICES)[number] | `cuda:${number}` | 'cuda:all';

/** A device that really runs a model. */
export type UsedDevice = Exclude<Device, 'auto' | 'cuda:all'>;

/** Cards in one machine, and a few more. */
const MOST_CARDS = 64;

/** Such as `cuda` of `cuda:1`. */
export function kindOf(device: UsedDevice): Exclude<UsedDevice, `cuda:${number}`> {
  return isCard(device) ? 'cuda' : device;
}

/** The 1 of `cuda:1`. */
export function cardOf(device: UsedDevice): number | undefined {
  return isCard(device) ? Number(device.slice('cuda:'.length)) : undefined;
}

function isCard(device: UsedDevice): device is `cuda:${number}` {
  return device.startsWith('cuda:');
}

/** The devices that may run a model, in order: one that is named is that one or an error. */
export function devicesToTry(device: Device | readonly Device[]): UsedDevice[] {
  const devices = [device].flat();
  return devices.flatMap((one): UsedDevice[] => {
    if (one === 'cuda:all') return ['cuda:0'];
    if (one !== 'auto') return [one];
    return process.platform === 'darwin' ? ['cpu'] : ['cuda', 'cpu'];
  });
}

/** Devices that are to run a model at the same time. */
export interface DeviceSet {
  readonly devices: readonly UsedDevice[];
  /** There may be fewer: the first that cannot be used ends the list. */
  readonly untilNone: boolean;
}

/** Undefined when one device is asked for, and not several. */
export function devicesTogether(device: Device | readonly Device[]): DeviceSet | undefined {
  if (device === 'cuda:all' || (Array.isArray(device) && device.length === 1 && device[0] === 'cuda:all')) {
    return { devices: Array.from({ length: MOST_CARDS }, (_, i): UsedDevice => `cuda:${i}`), untilNone: true };
  }
  return Array.isArray(device) && device.length > 1 ? { devices: devicesToTry(device), untilNone: false } : undefined;
}

/** How the settings' devices are named in reports. */
export function deviceNames(device: Device | readonly Device[]): string {
  return [device].flat().join(', ');
}
