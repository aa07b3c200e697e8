import { Hono } from 'hono';
import { z } from 'zod';
import { Decision } from '../access/approval.ts';
import { type Approvals, decideApproval, forgetApproval, listApprovals } from '../flows/approvals.ts';

const Id = z.coerce.number().int().positive();
const Answer = z.strictObject({ decision: Decision });

/** What the owner is asked, answered by somebody whom the record calls `by`. */
export function approvalRoutes(approvals: Approvals, by: string): Hono {
  const app = new Hono();
  app.get('/', (c) => c.json(listApprovals(approvals)));
  app.post('/:id', async (c) => {
    const { decision } = Answer.parse(await c.req.json());
    return c.json(decideApproval(approvals, Id.parse(c.req.param('id')), { decision, by }));
  });
  app.delete('/:id', (c) => c.json(forgetApproval(approvals, Id.parse(c.req.param('id')), by)));
  return app;
}
