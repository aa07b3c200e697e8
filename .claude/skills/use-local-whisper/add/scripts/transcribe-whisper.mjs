// For TRANSCRIBE_COMMAND: transcribe-whisper.mjs <model> <file>. Prints what is said in the file, by ffmpeg and whisper.cpp's whisper-cli.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [model, file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: transcribe-whisper.mjs <model> <file>\n');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'whisper-'));
let code = 1;
try {
  const wave = join(folder, 'voice.wav');
  // whisper.cpp takes 16 kHz with one channel.
  must('ffmpeg', '-nostdin', '-loglevel', 'error', '-i', file, '-ar', '16000', '-ac', '1', wave);
  const said = must(
    'whisper-cli',
    '--model',
    model,
    '--file',
    wave,
    '--language',
    'auto',
    '--no-timestamps',
    '--no-prints',
  );
  process.stdout.write(`${said.replace(/\s+/g, ' ').trim()}\n`);
  code = 0;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

function must(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw new Error(`${program} could not be run: ${error.code}`);
  if (status !== 0) throw new Error(`${program}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}
