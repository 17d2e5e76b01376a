import { downloadFile } from '../../../../src/host/download/download-file.ts';

/** Downloads as the JSON in its argument says, and prints the outcome as JSON. */
const { url, target, ...options } = JSON.parse(process.argv[2] ?? '') as { url: string; target: string };
const policy = { stallMs: 5000, deadlineMs: 60_000, tries: 3, firstPauseMs: 5, longestPauseMs: 20 };
try {
  const signal = new AbortController().signal;
  const onProgress = ({ bytes }: { bytes: number }) => void process.stderr.write(`${bytes}\n`);
  const result = await downloadFile(url, target, { maxBytes: 1e7, signal, policy, onProgress, ...options });
  console.log(JSON.stringify(result));
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
