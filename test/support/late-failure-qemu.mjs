// A QEMU whose KVM passes for a working one and gives up some time after the guest was started: it runs the real QEMU by
// emulation, and passes on what goes over the QMP sockets until it has the guest stopped and its state called
// "internal-error", as QEMU does when KVM_RUN fails. It runs on by itself, as QEMU does then.
//   node late-failure-qemu.mjs <real QEMU> <seconds> <arguments of QEMU>
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const [program, seconds, ...given] = process.argv.slice(2);
const sockets = [];
const args = given.map(argument => {
  const match = /^socket,id=(owner|visitor),path=(.*),server=on,wait=off$/.exec(argument);
  if (!match) return argument.replace(/^kvm.*/, 'tcg').replace(/^(host|Nehalem),.*/, 'max');
  sockets.push({ outer: match[2], inner: `${match[2]}.in` });
  return `socket,id=${match[1]},path=${match[2]}.in,server=on,wait=off`;
});
let failed = false;
const failures = new Set();

const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
qemu.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code)));

for (const { outer, inner } of sockets) {
  createServer(client => void relay(client, inner)).listen(outer);
}

async function relay(client, path) {
  const server = await reach(path);
  const questions = new Set();
  const fail = () => server.write('{"execute":"stop","id":"stand-in"}\n');
  failures.add(fail);
  readLines(client, line => {
    const { execute, id } = JSON.parse(line);
    if (execute === 'query-status') questions.add(id);
    if (execute === 'cont' && !failed) setTimeout(breakDown, seconds * 1000);
    server.write(`${line}\n`);
  });
  readLines(server, line => {
    const message = JSON.parse(line);
    if (message.id === 'stand-in') return;
    if (failed && questions.delete(message.id)) message.return = { ...message.return, status: 'internal-error' };
    client.write(`${JSON.stringify(message)}\n`);
  });
  for (const [one, other] of [
    [client, server],
    [server, client],
  ]) {
    one.on('error', () => {});
    one.on('close', () => {
      failures.delete(fail);
      other.destroy();
    });
  }
}

function breakDown() {
  failed = true;
  process.stderr.write('error: kvm run failed Bad address\n');
  for (const fail of failures) fail();
}

async function reach(path) {
  for (;;) {
    const socket = connect(path);
    const outcome = await new Promise(resolve => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (outcome) return socket;
    await wait(10);
  }
}

function readLines(socket, handle) {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', chunk => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.trim() !== '') handle(line);
  });
}
