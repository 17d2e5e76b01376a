import type { Obstacle } from '../../model/image.ts';

/** Why a differencing disk does not boot: it holds only what changed since its parent. */
export function differencingObstacle(path: string, parents: readonly string[]): Obstacle {
  const whose = parents.length > 0 ? ` "${parents.join('", "')}"` : ', whose name is not recorded';
  return {
    code: 'differencing',
    blocking: true,
    message: `"${path}" is a differencing disk: it holds only what changed since its parent${whose}.`,
    remedy:
      'Merge it with its parent (Hyper-V: Merge-VHD; VirtualBox: VBoxManage clonemedium) and use the merged disk.',
  };
}
