import { mbrBiosGrub } from '../test/support/images/index.ts';
import { bootBare } from './peers/bare-qemu.ts';
import { compare } from './support/compare.ts';
import { type Step, WarmServer } from './support/warm-server.ts';

const megabytes = 512;
const cpus = 2;
/** Progress at which the verdict stands; what follows is the guest's shutdown and the comparison of the image. */
const verdictPercentage = 80;

/** `image.prove` of a server that runs, from the call to the verdict, beside bare QEMU from its start to the same prompt. */
export async function measureProof(): Promise<void> {
  const image = await mbrBiosGrub({ console: 'both' });
  await using server = await WarmServer.start();
  const wholes: number[] = [];
  await compare({
    what: 'Boot to the login prompt',
    unit: 'milliseconds',
    first: 'image.prove, to the verdict',
    second: 'bare QEMU, to the prompt',
    limit: 1.1,
    rounds: 3,
    measureFirst: async () => {
      const { toVerdict, whole } = await prove(server, image);
      wholes.push(whole);
      return toVerdict;
    },
    measureSecond: () => bootBare({ image, format: 'vhdx', megabytes, cpus }),
  });
  console.log(
    `  image.prove to its result, with the guest shut down in order: ${Math.min(...wholes).toFixed(1)} at best`,
  );
}

async function prove(server: WarmServer, image: string): Promise<{ toVerdict: number; whole: number }> {
  const began = performance.now();
  let toVerdict: number | undefined;
  const listen = ({ percentage = 0 }: Step) => {
    if (percentage >= verdictPercentage) toVerdict ??= performance.now() - began;
  };
  const memoryBytes = megabytes * 2 ** 20;
  const result = await server.call('image.prove', { image, memoryBytes, cpus, wait: 300 }, listen);
  const whole = performance.now() - began;
  if (result.verdict.state !== 'login') throw new Error(`The verdict is ${JSON.stringify(result.verdict)}.`);
  if (toVerdict === undefined) throw new Error('The verdict was not announced.');
  return { toVerdict, whole };
}
