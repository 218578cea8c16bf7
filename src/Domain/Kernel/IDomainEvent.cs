namespace GoApi.Domain.Kernel;

/// <summary>A fact that has happened: ids and facts only, never a copy of personal data. Sealed records with an <see cref="EventNameAttribute"/>.</summary>
public interface IDomainEvent;

/// <summary>
/// The name of an event on the wire (<c>reviews.review-approved.v1</c>): it outlives the type's name,
/// because rows and messages written by an older version are read by a newer one.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
