using System.Collections.Frozen;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using GoApi.Application;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Outbox;

/// <summary>Makes the rows of the outbox from events: one for each consumer, so that each is retried and done by itself.</summary>
internal sealed class OutboxWriter(IEnumerable<ConsumerRegistration> consumers)
{
    private readonly FrozenDictionary<Type, ConsumerRegistration[]> consumers =
        consumers.GroupBy(consumer => consumer.Event).ToFrozenDictionary(group => group.Key, group => group.ToArray());

    /// <summary>Whether anybody wanted one of the events.</summary>
    public bool Add(AppDbContext db, IEnumerable<IDomainEvent> events, UnitOfWorkScope scope, DateTimeOffset now)
    {
        var any = false;
        foreach (var happened in events)
        {
            foreach (var consumer in consumers.GetValueOrDefault(happened.GetType(), []))
            {
                any = true;
                var job = happened as IJob;
                db.Add(new OutboxMessage
                {
                    Id = job?.JobId ?? Guid.CreateVersion7(now),
                    Consumer = consumer.Attribute.Name,
                    Lane = consumer.Attribute.Lane,
                    Event = EventName(happened.GetType()),
                    Payload = JsonSerializer.Serialize(happened, happened.GetType(), JsonSerializerOptions.Web),
                    RequestId = scope.Actor.RequestId,
                    TraceParent = Activity.Current?.Id,
                    CreatedAt = now,
                    DueAt = job?.NotBefore > now ? job.NotBefore.Value : now,
                });
            }
        }

        return any;
    }

    /// <summary>Closes a row in the save of its effect. Fails that save with a lost race where another worker has closed it meanwhile.</summary>
    public static void Close(AppDbContext db, Guid messageId, DateTimeOffset now)
    {
        var row = db.Set<OutboxMessage>().Local.FirstOrDefault(message => message.Id == messageId)
            ?? throw new InvalidOperationException($"Message {messageId} is in work and not loaded.");
        (row.State, row.ClosedAt, row.LeaseUntil) = (OutboxState.Done, now, null);
    }

    public static string EventName(Type happened) => happened.GetCustomAttribute<EventNameAttribute>()?.Name
        ?? throw new InvalidOperationException($"{happened} has no [EventName].");
}
