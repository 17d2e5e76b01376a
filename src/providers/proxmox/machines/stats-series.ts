import type { StatisticsSample } from '../../../model/statistics.ts';
import { countOf, numberOf, type ReplyRecord, recordsOf } from '../reply-values.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { at } from './step.ts';

/** What the host keeps of the last hour. */
export const seriesIntervalSeconds = 60;

/** The host tells rates; a sample has sums, which begin with the series. */
export async function readSeries(
  { client }: ProxmoxSession,
  guest: Guest,
  signal: AbortSignal,
): Promise<StatisticsSample[]> {
  const params = { ...at(guest), timeframe: 'hour', cf: 'AVERAGE' };
  const reply = await client.send({ method: 'GET', path: '/nodes/{node}/{type}/{vmid}/rrddata', params }, { signal });
  let readBytes = 0;
  let writtenBytes = 0;
  return recordsOf(reply, `the series of ${guest.id}`).flatMap(row => {
    const time = numberOf(row.time);
    // A minute in which it did not run, or that is not over, has no figures.
    if (time === undefined || numberOf(row.cpu) === undefined) return [];
    readBytes += (numberOf(row.diskread) ?? 0) * seriesIntervalSeconds;
    writtenBytes += (numberOf(row.diskwrite) ?? 0) * seriesIntervalSeconds;
    return [
      {
        at: new Date(time * 1000).toISOString(),
        ...usageOf(row),
        readBytes: Math.max(0, Math.round(readBytes)),
        writtenBytes: Math.max(0, Math.round(writtenBytes)),
      },
    ];
  });
}

/** {"time":1772366400,"cpu":0.05,"maxcpu":2,"mem":1073741824,"diskread":4096.5,"diskwrite":0} */
function usageOf(row: ReplyRecord): Pick<StatisticsSample, 'cpuPercent' | 'residentBytes'> {
  const share = numberOf(row.cpu);
  const residentBytes = countOf(row.memhost ?? row.mem);
  return {
    ...(share === undefined || share < 0 ? {} : { cpuPercent: share * (numberOf(row.maxcpu) ?? 1) * 100 }),
    ...(residentBytes === undefined ? {} : { residentBytes }),
  };
}
