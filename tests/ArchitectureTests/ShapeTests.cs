using System.Reflection;
using AutoMapper;
using FluentValidation;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace GoApi.ArchitectureTests;

/// <summary>How each kind of type is written.</summary>
public class ShapeTests
{
    [Fact]
    public void Handlers_are_internal_and_sealed() => Rule.Holds(Code.Handlers, Rules.IsInternalAndSealed);

    [Fact]
    public void Handlers_have_few_dependencies() => Rule.Holds(Code.Handlers, Rules.HasFewDependencies);

    [Fact]
    public void Handlers_call_no_other_use_case() => Rule.Holds(Code.Handlers, Rules.CallsNoUseCase);

    [Fact]
    public void Requests_are_public_sealed_records() => Rule.Holds(
        Code.Handlers.SelectMany(handler => handler.GetInterfaces()).Where(port => port.IsGenericType && port.GetGenericTypeDefinition() == typeof(IUseCase<,>)).Select(port => port.GetGenericArguments()[0]),
        Rules.IsPublicSealedRecord);

    [Fact]
    public void Requests_have_one_handler() => Rule.Holds(
        [Code.Handlers.SelectMany(handler => handler.GetInterfaces()).Where(port => port.IsGenericType).Select(port => port.GetGenericArguments()[0].FullName!)], Rules.AreUnique);

    [Fact]
    public void Validators_are_internal_and_sealed() =>
        Rule.Holds(Code.Types(Code.Application).Where(type => type.IsAssignableTo(typeof(IValidator))), Rules.IsInternalAndSealed);

    [Fact]
    public void Consumers_are_internal_and_sealed() => Rule.Holds(Code.Consumers, Rules.IsInternalAndSealed);

    [Fact]
    public void Consumers_have_few_dependencies() => Rule.Holds(Code.Consumers, Rules.HasFewDependencies);

    [Fact]
    public void Consumers_are_named_for_the_wire() => Rule.Holds(Code.Consumers, Rules.IsNamedConsumer);

    [Fact]
    public void Consumers_have_names_of_their_own() => Rule.Holds([Code.Consumers.Select(consumer => consumer.GetCustomAttribute<ConsumerAttribute>()!.Name)], Rules.AreUnique);

    [Fact]
    public void Adapters_are_internal_and_sealed() => Rule.Holds(Code.Adapters, Rules.IsInternalAndSealed);

    [Fact]
    public void Repositories_never_save() => Rule.Holds(Code.Adapters.Where(type => type.Name.EndsWith("Repository", StringComparison.Ordinal)), Rules.NeverSaves);

    [Fact]
    public void Configurations_are_internal_and_sealed() =>
        Rule.Holds(Code.Types(Code.Infrastructure).Where(type => Code.Implements(type, typeof(IEntityTypeConfiguration<>))), Rules.IsInternalAndSealed);

    [Fact]
    public void Ports_speak_their_callers_language() => Rule.Holds(Code.Ports, Rules.SpeaksItsCallersLanguage);

    [Fact]
    public void Ports_can_be_cancelled() => Rule.Holds(Code.Ports.Where(port => !port.IsAssignableTo(typeof(IAsyncDisposable))), Rules.TakesCancellationLast);

    // What Application's own types fulfil (the current actor, a shape that requests share) has nothing to be plugged in.
    [Fact]
    public void Ports_have_adapters() =>
        Rule.Holds(Code.Ports.Where(port => !Code.Types(Code.Application).Any(type => type.IsClass && type.IsAssignableTo(port))), Rules.HasAnAdapterAmong(Code.Adapters.Concat(Code.Types(Code.WebApi)).Where(type => type.IsClass)));

    [Fact]
    public void Aggregates_are_closed() => Rule.Holds(Code.Aggregates, Rules.IsClosed);

    [Fact]
    public void Events_are_named_records() => Rule.Holds(Code.Events, Rules.IsAnEvent);

    [Fact]
    public void Events_have_names_of_their_own() => Rule.Holds([Code.Events.Select(happened => happened.GetCustomAttribute<EventNameAttribute>()?.Name ?? "")], Rules.AreUnique);

    [Fact]
    public void Events_survive_the_wire() => Rule.Holds(Code.Events, Rules.SurvivesJson);

    [Fact]
    public void Mappings_map_few_members() => Rule.Holds(Profiles, Rules.MapsFewMembers);

    [Fact]
    public void Mappings_leave_nothing_out() => new MapperConfiguration(
        options => options.AddProfiles(Profiles.Select(type => (Profile)Activator.CreateInstance(type, nonPublic: true)!)), NullLoggerFactory.Instance).AssertConfigurationIsValid();

    private static IEnumerable<Type> Profiles => Code.Types(Code.Infrastructure).Where(type => type.IsSubclassOf(typeof(Profile)));
}
