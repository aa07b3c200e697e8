import { registerGroup } from '@nanoclaw/host/flows/manage-groups.js';
import { scheduleTask } from '@nanoclaw/host/flows/manage-tasks.js';
import { expect, test } from 'vitest';
import { useViews } from './view-fixture.ts';

const web = useViews();

const tasks = () => web.host.stores.tasks.details();

function aTask(prompt = 'tell me the weather') {
  const { manage, stores } = web.host;
  const wish = { prompt, schedule_type: 'cron', schedule_value: '0 7 * * *' } as const;
  return scheduleTask(manage.manageTasks, stores.groups.main()!, wish);
}

test('an empty schedule says what to do, and a task is added by its form', async () => {
  registerGroup(web.host.manage.manageGroups, { jid: 'tg:5', name: 'Family', folder: 'family' });
  await web.open('#/tasks');
  await web.sees('Nothing is scheduled');
  await web.page.getByRole('link', { name: 'Add a task' }).click();
  await web.page.getByLabel('Group').selectOption('family');
  await web.page.getByLabel('What is to be done').fill('water the plants\nall of them');
  await web.page.getByLabel('When').selectOption('interval');
  await web.page.getByLabel('Minutes').fill('90');
  await web.page.getByRole('form').getByLabel('Conversation').selectOption('isolated');
  await web.page.getByRole('button', { name: 'Add the task' }).click();

  await web.sees('every 1.5 h');
  expect(tasks()).toMatchObject([
    {
      groupFolder: 'family',
      prompt: 'water the plants\nall of them',
      scheduleType: 'interval',
      scheduleValue: '5400000',
      contextMode: 'isolated',
      status: 'active',
    },
  ]);
  expect(web.host.told).toContain('tasks');
});

test.each([
  ['cron', 'Cron expression', 'every morning', 'is no cron expression'],
  ['interval', 'Minutes', '0.5', 'the shortest interval is'],
  ['interval', 'Minutes', 'soon', 'an interval is a number'],
  ['once', 'Time', '2001-01-01T00:00:00', 'has passed'],
])('a schedule of the kind %s that cannot be is refused: %s %s', async (type, label, value, reason) => {
  await web.open('#/tasks/new');
  await web.page.getByLabel('What is to be done').fill('x');
  await web.page.getByLabel('When').selectOption(type);
  await web.page.getByLabel(label).fill(value);
  await web.page.getByRole('button', { name: 'Add the task' }).click();
  await web.sees(reason);
  expect(tasks()).toEqual([]);
  expect(await web.page.getByLabel(label).inputValue()).toBe(value);
});

test('a task is run now, paused, resumed, changed and cancelled', async () => {
  const { id } = aTask();
  await web.open('#/tasks');
  await web.page.getByRole('link', { name: 'tell me the weather' }).click();
  await web.page.getByRole('button', { name: 'Run now' }).click();
  await web.sees('waits to begin');
  expect(web.host.stores.taskRuns.claimed()).toMatchObject([{ taskId: id }]);

  await web.page.getByRole('button', { name: 'Pause' }).click();
  await web.page.getByRole('button', { name: 'Resume' }).waitFor();
  expect(tasks()[0]?.status).toBe('paused');
  await web.page.getByRole('button', { name: 'Resume' }).click();
  await web.page.getByRole('button', { name: 'Pause' }).waitFor();
  expect(tasks()[0]?.status).toBe('active');

  await web.page.getByRole('button', { name: 'Change' }).click();
  await web.page.getByLabel('What is to be done').fill('tell me the news');
  await web.page.getByLabel('Cron expression').fill('30 8 * * *');
  await web.page.getByRole('button', { name: 'Save' }).click();
  await web.sees('cron 30 8 * * *');
  expect(tasks()[0]).toMatchObject({ prompt: 'tell me the news', scheduleValue: '30 8 * * *' });

  await web.page.getByRole('button', { name: 'Cancel the task' }).click();
  await web.confirm('Cancel');
  expect(tasks()).toHaveLength(1);
  await web.page.getByRole('button', { name: 'Cancel the task' }).click();
  await web.confirm('Cancel the task');
  await web.sees('Nothing is scheduled');
  expect(tasks()).toEqual([]);
});

test('runs and their results are shown, and a run that ends meanwhile appears by itself', async () => {
  const { id } = aTask('<b onclick="window.broken=1">task</b>');
  const { taskRuns } = web.host.stores;
  taskRuns.claimNow(id, Date.now());
  await web.open(`#/tasks/${id}`);
  await web.sees('waits to begin');
  const run = taskRuns.claimed()[0]!;
  taskRuns.start(run, Date.now());
  const error = '<script>window.broken = 1</script> went wrong';
  taskRuns.finish(run, { status: 'error', error, code: 'x' }, { now: Date.now(), durationMs: 65_000 });
  await web.sees('failed');
  await web.sees(error);
  expect(await web.page.locator('.prompt').textContent()).toBe('<b onclick="window.broken=1">task</b>');
  expect(await web.page.evaluate('window.broken')).toBeUndefined();
});

test('a task that somebody else has cancelled is told of where it was asked for', async () => {
  const { id } = aTask();
  await web.open(`#/tasks/${id}`);
  const pause = web.page.getByRole('button', { name: 'Pause' });
  await pause.waitFor();
  web.host.stores.tasks.remove(id);
  await pause.click();
  await web.sees(`there is no task ${id}`);
});
