package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Claim;
import dev.penstock.dispatcher.intake.Intake;
import dev.penstock.dispatcher.policy.Delay;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Where requests of the retry topics wait until they are due. A topic has one delay, so those of a partition fall due in
 * their order: it is paused while its first is not due, and no more of it is in memory than what was polled until then.
 * One event loop's.
 */
final class WaitingRoom {
    private final Vertx vertx;
    private final Consumer<Job> due;
    private final Map<Claim, Queue<Waiting>> rooms = new HashMap<>();

    private record Waiting(Job job, long at) {}

    /** @param due takes a job whose delay is over */
    WaitingRoom(Vertx vertx, Consumer<Job> due) {
        this.vertx = vertx;
        this.due = due;
    }

    /** A job of a retry topic has come. */
    void take(Job job, Delay delay, Intake intake) {
        Claim claim = job.taken().claim();
        long at = job.taken().record().timestamp() + delay.duration().toMillis();
        Queue<Waiting> room = rooms.get(claim);
        if (room != null) {
            room.add(new Waiting(job, at));
        } else if (at <= System.currentTimeMillis()) {
            due.accept(job);
        } else {
            var opened = new ArrayDeque<Waiting>();
            opened.add(new Waiting(job, at));
            rooms.put(claim, opened);
            intake.pause(claim);
            wakeUp(claim, at, intake);
        }
    }

    /** Forgets the jobs of partitions that are another worker's now. */
    void lost(Predicate<Claim> which) {
        rooms.keySet().removeIf(which);
    }

    private void wakeUp(Claim claim, long at, Intake intake) {
        vertx.setTimer(Math.max(1, at - System.currentTimeMillis()), _ -> letOut(claim, intake));
    }

    private void letOut(Claim claim, Intake intake) {
        Queue<Waiting> room = rooms.get(claim);
        if (room == null) {
            return;
        }
        long now = System.currentTimeMillis();
        for (Waiting first = room.peek(); first != null; first = room.peek()) {
            if (first.at() > now) {
                wakeUp(claim, first.at(), intake);
                return;
            }
            room.remove();
            due.accept(first.job());
        }
        rooms.remove(claim);
        intake.resume(claim);
    }
}
